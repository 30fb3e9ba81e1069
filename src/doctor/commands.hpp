#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>

#include "nvme/namespace.hpp"
#include "uring/ring.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// The NVMe namespace at `path`: its character device, or its block device. Errors: those of
/// nvme::open_namespace(); Unavailable for all that takes no commands, with what to do instead; for
/// a partition with the blocks that it is.
Result<std::unique_ptr<nvme::Namespace>> open_commands(const std::string& path);

/// Where the first blocks of a namespace are read to.
struct BlockTarget {
  /// Whole blocks, no more than one command may bring.
  std::span<std::byte> bytes;
  /// Registered with the ring (a FIXED command).
  bool registered = false;
  /// Peer memory.
  bool peer = false;
};

/// Reads from block 0 on by one command through the ring, which takes commands. Errors: what the
/// kernel or the device says.
Status read_first_blocks(uring::Ring& ring, const nvme::Namespace& space,
                         const BlockTarget& target);

}  // namespace vyre::doctor
