#pragma once

#include <memory>
#include <string>

#include "nvme/device_node.hpp"
#include "nvme/namespace.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

struct BlockGeometry {
  u64 bytes = 0;
  u32 block_bytes = 0;
};

/// What the system tells about devices. A seam: tests have devices that the machine lacks.
class DeviceAccess {
 public:
  DeviceAccess() = default;
  virtual ~DeviceAccess() = default;
  DeviceAccess(const DeviceAccess&) = delete;
  DeviceAccess& operator=(const DeviceAccess&) = delete;

  /// What `path` is, `state` being its stat(2). Opens nothing.
  [[nodiscard]] virtual nvme::DeviceNode describe(const std::string& path,
                                                  const struct stat& state) const;
  [[nodiscard]] virtual Result<std::unique_ptr<nvme::Namespace>> open_namespace(
      const std::string& path) const;
  /// Of the block device that is open at `descriptor`.
  [[nodiscard]] virtual Result<BlockGeometry> geometry(int descriptor) const;
  /// The kernel takes commands into the whole of the registered memory.
  [[nodiscard]] virtual bool takes_registered_memory() const;
};

/// The machine's own devices.
const DeviceAccess& system_devices();

}  // namespace vyre::ingest
