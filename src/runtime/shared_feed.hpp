#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>

#include "vyre/source.hpp"

namespace vyre::ingest {
struct SharedFile;
}

namespace vyre::runtime {

class JoinedFile;

/// Shares a feed's files out among the rings of a stream by their sizes: who asks gets files of
/// about `bytes` together, at least one, so that no ring takes a batch of big files while others
/// have none. Files keep the feed's order. Where it is to make parts, of `part_bytes` (whole chunks
/// of the rings' slots; 0: none), a regular file that is at least two of them big, by the feed's
/// word and by its own when its turn has come, is given out in parts, the last of which ends with
/// the file; each then counts as a file, and such files may pass others. Thread-safe; the feed is
/// called, and files are opened, by several threads at once. Cost: a lock a call and a file or
/// part.
class SharedFeed final : public FileFeed {
 public:
  SharedFeed(FileFeed& feed, std::uint64_t bytes, std::uint64_t part_bytes = 0)
      : feed_(feed), bytes_(bytes), part_bytes_(part_bytes) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  /// A file some of whose parts are not given out yet.
  struct InParts {
    FileSource source;
    std::shared_ptr<const ingest::SharedFile> file;
    std::shared_ptr<JoinedFile> joined;
    /// Where the next part begins.
    std::uint64_t next = 0;
  };
  [[nodiscard]] bool has_some() const { return !shared_.empty() || !files_.empty(); }
  /// Those with a lock hold it, and give it back meanwhile.
  void ask(std::unique_lock<std::mutex>& lock);
  void take(std::unique_lock<std::mutex>& lock, std::vector<FileSource>& batch, std::size_t limit);
  FileSource take_one(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] bool is_big(std::uint64_t size) const;
  [[nodiscard]] bool may_be_shared(const FileSource& source) const;
  [[nodiscard]] std::optional<InParts> share(const FileSource& source) const;
  FileSource next_part();

  FileFeed& feed_;
  const std::uint64_t bytes_;
  const std::uint64_t part_bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileSource> files_;
  std::deque<InParts> shared_;
  /// Threads that ask the feed or open a file.
  unsigned busy_ = 0;
  bool exhausted_ = false;
};

}  // namespace vyre::runtime
