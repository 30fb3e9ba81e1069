#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "base/owned_fd.hpp"
#include "vyre/source.hpp"

namespace vyre::runtime {

class JoinedFile;

/// Shares a feed's files out among the rings of a stream by their sizes: who asks gets files of
/// about `bytes` together, at least one, so that no ring takes a batch of big files while others
/// have none. Files keep the feed's order. Where it is to make parts, of `part_bytes` (whole chunks
/// of the rings' slots; 0: none), a regular file that is at least two of them big, by the feed's
/// word and by its own when its turn has come, is opened here and given out in parts, the last of
/// which ends with the file; each then counts as a file. Thread-safe; the feed is called by several
/// threads at once. Cost: a lock a call, in which big files are opened.
class SharedFeed final : public FileFeed {
 public:
  SharedFeed(FileFeed& feed, std::uint64_t bytes, std::uint64_t part_bytes = 0)
      : feed_(feed), bytes_(bytes), part_bytes_(part_bytes) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  void take(std::vector<FileSource>& batch, std::size_t limit);
  /// A file that is given out in parts.
  struct SharedFile {
    std::shared_ptr<const base::OwnedFd> file;
    std::shared_ptr<JoinedFile> joined;
    std::uint64_t size = 0;
    /// Where the next part begins.
    std::uint64_t next = 0;
  };
  [[nodiscard]] std::optional<SharedFile> share(const FileSource& source) const;
  FileSource next_part();

  FileFeed& feed_;
  const std::uint64_t bytes_;
  const std::uint64_t part_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileSource> files_;
  /// The first of them, once some of its parts are given out.
  std::optional<SharedFile> shared_;
  /// Threads that ask the feed.
  unsigned asking_ = 0;
  bool exhausted_ = false;
};

}  // namespace vyre::runtime
