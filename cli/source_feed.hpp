#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "ingest/tree_walk.hpp"
#include "vyre/source.hpp"

namespace vyre::cli {

/// The walk's sources until `ended` says that nobody wants more; of devices the blocks that were
/// asked for. `ended` is called by several threads at once.
class SourceFeed final : public FileFeed {
 public:
  SourceFeed(ingest::TreeWalk& walk, std::optional<BlockRange> blocks, std::function<bool()> ended)
      : walk_(walk), blocks_(blocks), ended_(std::move(ended)) {}

  bool next(std::vector<FileSource>& batch, std::size_t limit) override {
    if (ended_()) walk_.stop();
    const std::size_t before = batch.size();
    const bool more = walk_.next(batch, limit);
    for (std::size_t i = before; blocks_ && i < batch.size(); ++i) batch[i].blocks = blocks_;
    return more;
  }

 private:
  ingest::TreeWalk& walk_;
  const std::optional<BlockRange> blocks_;
  const std::function<bool()> ended_;
};

}  // namespace vyre::cli
