#pragma once

#include <cstddef>
#include <span>

#include "nvme/read_command.hpp"
#include "vyre/error.hpp"

namespace vyre::nvme {

/// Bytes of every Identify data structure (NVM Express Base Specification, "Identify command").
inline constexpr std::size_t kIdentifyBytes = 4096;

/// What limits a command from above, bytes.
struct CommandLimits {
  /// The controller's Maximum Data Transfer Size; 0: none.
  u64 device_bytes = 0;
  /// What the kernel's queue takes; 0: not known.
  u64 kernel_bytes = 0;
};

/// Block size and count out of the Identify Namespace data structure, which a device made: it may
/// hold anything. Unavailable where the namespace is not attached or has blocks that this program
/// cannot read (with metadata, above 4096 bytes), InvalidArgument where it contradicts itself. The
/// result's `largest_command` is 0: see limit_command().
Result<Identity> parse_identify_namespace(std::span<const std::byte, kIdentifyBytes> data,
                                          u32 nsid);

/// The Maximum Data Transfer Size out of the Identify Controller data structure, bytes; 0: none.
/// The field counts in the controller's smallest page, taken as 4096 bytes: no controller has a
/// smaller one.
u64 parse_transfer_limit(std::span<const std::byte, kIdentifyBytes> data);

/// The most that one command may bring: whole blocks, within both limits and the command's own
/// field, one block at least.
u32 largest_command(u32 block_bytes, const CommandLimits& limits);

}  // namespace vyre::nvme
