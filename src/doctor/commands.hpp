#pragma once

#include <memory>
#include <string>

#include "nvme/namespace.hpp"
#include "uring/ring.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// The NVMe namespace at `path`: its character device, or its block device. Errors: those of
/// nvme::open_namespace(); Unavailable for all that takes no commands, with what to do instead; for
/// a partition with the blocks that it is.
Result<std::unique_ptr<nvme::Namespace>> open_commands(const std::string& path);

/// Where the first block of a namespace is read to.
struct BlockTarget {
  std::byte* address = nullptr;
  /// Registered with the ring (a FIXED command).
  bool registered = false;
  /// Peer memory.
  bool peer = false;
};

/// Reads block 0 by a command through the ring, which takes commands. Errors: what the kernel or
/// the device says.
Status read_first_block(uring::Ring& ring, const nvme::Namespace& space, const BlockTarget& target);

}  // namespace vyre::doctor
