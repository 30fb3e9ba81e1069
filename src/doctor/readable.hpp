#pragma once

#include <string>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::doctor {

/// What is read of when a way is tried.
struct Readable {
  base::OwnedFd file;
  /// The path itself, or that of a file in the folder that it is.
  std::string path;
  bool is_block_device = false;
};

/// Opens the regular file or block device at `path`, or the first regular file in the folder there
/// that can be opened and is not empty, with `flags` besides O_RDONLY. Errors: Syscall; the reason
/// where it is none of these, or the folder has no such file.
Result<Readable> open_readable(const std::string& path, int flags);

/// Bytes of its beginning that one read asks for: whole blocks, at most kTriedBytes. Unavailable
/// where its blocks are larger.
Result<u32> bytes_to_read(const Readable& readable);

}  // namespace vyre::doctor
