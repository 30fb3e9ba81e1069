#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "scan/checkpoint/checkpoint.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// Another feed's sources that are not done yet, each with its mark. Thread-safe where the other
/// is. Cost: a hash of each path and, where files are done, a binary search.
class UnfinishedFeed final : public FileFeed {
 public:
  /// `on_changed` is told of each file that has changed since it was done, which is not scanned
  /// again: its output cannot be taken back. Called by the threads that call next(). `feed` and
  /// `checkpoint` outlive this.
  UnfinishedFeed(FileFeed& feed, const Checkpoint& checkpoint,
                 std::function<void(const std::string& path)> on_changed)
      : feed_(feed), checkpoint_(checkpoint), on_changed_(std::move(on_changed)) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  bool is_done(FileSource& source);

  FileFeed& feed_;
  const Checkpoint& checkpoint_;
  const std::function<void(const std::string&)> on_changed_;
};

}  // namespace vyre::scan
