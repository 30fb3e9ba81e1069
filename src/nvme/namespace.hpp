#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "nvme/device_node.hpp"
#include "nvme/read_command.hpp"
#include "vyre/error.hpp"

namespace vyre::nvme {

/// An open NVMe namespace. A seam: tests simulate one. Const operations may be called from any
/// thread.
class Namespace {
 public:
  virtual ~Namespace() = default;
  [[nodiscard]] virtual const Identity& identity() const noexcept = 0;
  /// The character device's, for commands through a ring.
  [[nodiscard]] virtual int descriptor() const noexcept = 0;
  /// Reads whole blocks from `first` on into `target`, by one command after the other, and waits
  /// for them. Errors: as encode_nvme_read(), and what device and kernel say.
  virtual Status read(u64 first, std::span<std::byte> target) const = 0;
};

/// Opens the character device of a namespace (/dev/ngXnY) for reading and identifies it: id, block
/// size and count, and the most that one command may bring, of device and kernel together. Errors:
/// InvalidArgument for any other node (it is then not opened), Syscall where it cannot be opened or
/// asked, with the permission that is lacking, Unavailable where its blocks cannot be read.
Result<std::unique_ptr<Namespace>> open_namespace(const std::string& path,
                                                  const DeviceRoots& roots = {});

/// The blocks of a partition, counted as its namespace counts them: what `--lba` takes. Nothing
/// where it does not begin and end at the namespace's blocks.
std::optional<BlockSpan> blocks_of_partition(const DeviceNode& partition, const Identity& whole);

}  // namespace vyre::nvme
