#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vyre {

namespace ingest {
struct FilePart;
}

/// Blocks of a device, counted in its own logical blocks.
struct BlockRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
  friend bool operator==(const BlockRange&, const BlockRange&) = default;
};

/// A caller's own name for a source; nothing here looks at it.
struct SourceMark {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  friend auto operator<=>(const SourceMark&, const SourceMark&) = default;
};

/// What is to be streamed: a regular file, a block device or an NVMe namespace.
struct FileSource {
  std::string path;
  /// Bytes as last seen; a hint, since a file may change before or while it is read. 0 where it is
  /// not known.
  std::uint64_t size = 0;
  /// A device node: a block device or an NVMe namespace's character device. Never packed.
  bool device = false;
  /// The part of a device that is streamed, as if there were no more of it; all of it where absent.
  /// InvalidArgument for a regular file, and where it is empty or reaches beyond the device.
  std::optional<BlockRange> blocks = std::nullopt;
  /// Index of the path that the user gave and this source came from, for the path certificate.
  std::uint32_t origin = 0;
  /// When a regular file's content and its inode were last changed, nanoseconds since 1970, as seen
  /// with `size`, modulo 2^64; 0 where that is not known.
  std::uint64_t modified = 0;
  std::uint64_t changed = 0;
  /// StreamedFile::mark gives it back.
  SourceMark mark = {};
  /// The session's own: what is streamed of a file that its rings share; null for all of it.
  std::shared_ptr<const ingest::FilePart> part = nullptr;
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
