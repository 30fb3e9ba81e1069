#pragma once

#include <atomic>
#include <memory>
#include <optional>
#include <string>

#include "base/owned_fd.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::ingest {

/// A regular file that rings read together, opened and looked at once for all of them: its path may
/// lead elsewhere by the time that its last part is read. Thread-safe.
struct SharedFile {
  /// Errors as of OpenFile::open(). Cost: some 50 microseconds for a big file on a local disk.
  static Result<std::shared_ptr<const SharedFile>> open(const std::string& path);

  base::OwnedFd descriptor;
  /// Bytes when it was opened.
  u64 size = 0;
  /// As mostly_uncached(); all of its parts are read in the same way.
  std::optional<bool> uncached;
  /// Some part has told that the file system refuses O_DIRECT, which counts once.
  mutable std::atomic<bool> refusal_told = false;
};

}  // namespace vyre::ingest
