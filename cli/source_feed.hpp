#pragma once

#include <algorithm>
#include <cstddef>
#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "cli/own_files.hpp"
#include "ingest/tree_walk.hpp"
#include "vyre/source.hpp"

namespace vyre::cli {

/// The walk's sources until `ended` says that nobody wants more, but for what we write ourselves;
/// of devices the blocks that were asked for. `ended` is called by several threads at once.
class SourceFeed final : public FileFeed {
 public:
  SourceFeed(ingest::TreeWalk& walk, std::optional<BlockRange> blocks, std::function<bool()> ended,
             OwnFiles own_files = {})
      : walk_(walk), blocks_(blocks), ended_(std::move(ended)), own_files_(std::move(own_files)) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override {
    if (ended_()) walk_.stop();
    const std::size_t before = batch.size();
    const bool more = walk_.next(batch, limit);
    for (std::size_t i = before; blocks_ && i < batch.size(); ++i) batch[i].blocks = blocks_;
    if (!own_files_.empty()) {
      const auto told = batch.begin() + static_cast<std::ptrdiff_t>(before);
      batch.erase(std::remove_if(told, batch.end(),
                                 [this](const FileSource& source) {
                                   return own_files_.contains(source.path);
                                 }),
                  batch.end());
    }
    return more;
  }

 private:
  ingest::TreeWalk& walk_;
  const std::optional<BlockRange> blocks_;
  const std::function<bool()> ended_;
  const OwnFiles own_files_;
};

}  // namespace vyre::cli
