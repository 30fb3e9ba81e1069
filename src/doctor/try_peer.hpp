#pragma once

#include <string>

#include "memory/mapped_buffer.hpp"
#include "vyre/error.hpp"

namespace vyre::doctor {

/// Reads the beginning of what lies at `path` into `target`, at least kTriedBytes of peer memory:
/// of an NVMe namespace the first block by a command, of a file or block device by an O_DIRECT
/// read. Beforehand `target` holds the complement of what an ordinary read brings, so that each
/// byte is seen to arrive. Says what was read; errors: why it cannot be, or Unavailable where the
/// kernel reports success and other bytes are there.
Result<std::string> read_into_peer(const std::string& path, memory::MappedBuffer& target);

}  // namespace vyre::doctor
