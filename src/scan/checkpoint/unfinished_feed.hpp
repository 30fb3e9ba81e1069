#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "scan/checkpoint/resumable_ledger.hpp"
#include "vyre/source.hpp"

namespace vyre::scan {

/// Another feed's sources that are not done yet, each with its mark. Thread-safe where the other
/// is. Cost: a hash of each path and, where files are done, a binary search.
class UnfinishedFeed final : public FileFeed {
 public:
  /// `on_changed` is told of each file that has changed since it was done, which is not scanned
  /// again: its output cannot be taken back. Called by the threads that call next(). `feed` and
  /// `ledger` outlive this.
  UnfinishedFeed(FileFeed& feed, const ResumableLedger& ledger,
                 std::function<void(const std::string& path)> on_changed)
      : feed_(feed), ledger_(ledger), on_changed_(std::move(on_changed)) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  bool is_done(FileSource& source);

  FileFeed& feed_;
  const ResumableLedger& ledger_;
  const std::function<void(const std::string&)> on_changed_;
};

/// Of another feed's sources the one with the mark `wanted`, and none where it has changed. Thread-
/// safe where the other is. Ends behind it.
class OneFileFeed final : public FileFeed {
 public:
  /// `feed` outlives this.
  OneFileFeed(FileFeed& feed, const FileMarks& marks, const SourceMark& wanted)
      : feed_(feed), marks_(marks), wanted_(std::vector{wanted}) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override;

 private:
  bool is_other(FileSource& source);

  FileFeed& feed_;
  const FileMarks marks_;
  const DoneFiles wanted_;
  std::atomic<bool> met_{false};
};

}  // namespace vyre::scan
