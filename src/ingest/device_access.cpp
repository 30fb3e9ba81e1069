#include "ingest/device_access.hpp"

#include <linux/fs.h>
#include <sys/ioctl.h>

#include <cerrno>
#include <cstdint>

#include "nvme/kernel_release.hpp"

namespace vyre::ingest {

nvme::DeviceNode DeviceAccess::describe(const std::string&, const struct stat& state) const {
  return nvme::describe_node(state);
}

Result<std::unique_ptr<nvme::Namespace>> DeviceAccess::open_namespace(
    const std::string& path) const {
  return nvme::open_namespace(path);
}

Result<BlockGeometry> DeviceAccess::geometry(int descriptor) const {
  std::uint64_t bytes = 0;
  int block_bytes = 0;
  if (::ioctl(descriptor, BLKGETSIZE64, &bytes) != 0 ||
      ::ioctl(descriptor, BLKSSZGET, &block_bytes) != 0) {
    return tl::unexpected(syscall_error("asking for the size of the block device", errno));
  }
  return BlockGeometry{bytes, block_bytes > 0 ? static_cast<u32>(block_bytes) : 0};
}

bool DeviceAccess::takes_registered_memory() const {
  static const bool takes = nvme::kernel_takes_registered_memory();
  return takes;
}

const DeviceAccess& system_devices() {
  static const DeviceAccess devices;
  return devices;
}

}  // namespace vyre::ingest
