#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>

#include "vyre/source.hpp"

namespace vyre::runtime {

/// Shares a feed's files out among the rings of a stream by their sizes: who asks gets files of
/// about `bytes` together, at least one, so that no ring takes a batch of big files while others
/// have none. Files keep the feed's order. Thread-safe; the feed is called by several threads at
/// once.
class SharedFeed final : public FileFeed {
 public:
  SharedFeed(FileFeed& feed, std::uint64_t bytes) : feed_(feed), bytes_(bytes) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  void take(std::vector<FileSource>& batch, std::size_t limit);

  FileFeed& feed_;
  const std::uint64_t bytes_;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<FileSource> files_;
  /// Threads that ask the feed.
  unsigned asking_ = 0;
  bool exhausted_ = false;
};

}  // namespace vyre::runtime
