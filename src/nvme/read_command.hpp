#pragma once

#include <linux/nvme_ioctl.h>

#include <cstddef>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::nvme {

/// What a namespace is, as far as reads need it.
struct Identity {
  u32 nsid = 0;
  /// Bytes of a logical block: a power of two, 512 or more.
  u32 block_bytes = 0;
  /// Logical blocks that the namespace has.
  u64 blocks = 0;
  /// Bytes that one command may bring: whole blocks, one at least, 65536 at most.
  u32 largest_command = 0;
};

/// Logical blocks [first, first + count).
struct BlockSpan {
  u64 first = 0;
  u64 count = 0;
};

/// The command as io_uring hands it to the driver (struct nvme_uring_cmd of linux/nvme_ioctl.h, 72
/// bytes): copied into the submission, so that nothing points at it.
using ReadCommand = nvme_uring_cmd;
static_assert(sizeof(ReadCommand) == 72);

/// Where a command's bytes go.
struct Destination {
  void* address = nullptr;
  u64 bytes = 0;
};

/// A read of `blocks` of the namespace into `to`. InvalidArgument where there are none of them,
/// they overflow or lie beyond the namespace, are more than one command may bring, do not have the
/// bytes of `to` (the device would write past it), or the address is null: a command that says so
/// can end as a success without a transfer, so none such is ever submitted. (NVM Express NVM
/// Command Set Specification, section "Read command".)
Result<ReadCommand> encode_nvme_read(const Identity& identity, BlockSpan blocks, Destination to);

/// "LBA 7", "LBA 7 to 9".
std::string to_string(BlockSpan blocks);

}  // namespace vyre::nvme
