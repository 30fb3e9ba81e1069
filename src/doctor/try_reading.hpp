#pragma once

#include <string>

#include "vyre/error.hpp"
#include "vyre/read_path.hpp"

namespace vyre::doctor {

/// Reads the first bytes of what lies at `path` (of a folder, of a file in it) by the way that is
/// chosen, not kAuto, and says what was read:
/// - kMapped: READ_FIXED into registered memory, past the page cache where it is a block device;
/// - kPassthrough: an NVMe read command for the first block into registered memory;
/// - kPeer: the same, or an O_DIRECT read of a file or block device, into peer memory, with what
///   arrived there compared with an ordinary read.
/// Writes nothing to the path. Waits at most some seconds. Errors: why it cannot be read so.
Result<std::string> try_reading(PathChoice choice, const std::string& path);

}  // namespace vyre::doctor
