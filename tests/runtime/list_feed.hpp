#pragma once

#include <cstddef>
#include <mutex>
#include <utility>
#include <vector>

#include "vyre/source.hpp"

namespace vyre::test {

/// Hands out a list of files.
class ListFeed final : public FileFeed {
 public:
  explicit ListFeed(std::vector<FileSource> files) : files_(std::move(files)) {}
  bool next(std::vector<FileSource>& batch, std::size_t limit) override {
    const std::lock_guard lock(mutex_);
    while (limit-- != 0 && taken_ < files_.size()) batch.push_back(files_[taken_++]);
    return taken_ < files_.size();
  }

 private:
  std::mutex mutex_;
  std::vector<FileSource> files_;
  std::size_t taken_ = 0;
};

}  // namespace vyre::test
