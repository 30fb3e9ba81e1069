#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vyre {

/// A regular file to be streamed.
struct FileSource {
  std::string path;
  /// Size as last seen; a hint, since the file may change before or while it is read.
  std::uint64_t size = 0;
};

/// Hands out files, a batch at a time. Thread-safe: several rings draw from one feed.
class FileFeed {
 public:
  virtual ~FileFeed() = default;
  /// Appends up to `limit` files to `batch`; returns false where there will never be another.
  /// May append none and return true (a directory without files). May read directories, so it may
  /// wait for a disk.
  virtual bool next(std::vector<FileSource>& batch, std::size_t limit) = 0;
};

}  // namespace vyre
