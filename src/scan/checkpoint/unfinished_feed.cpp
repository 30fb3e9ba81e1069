#include "scan/checkpoint/unfinished_feed.hpp"

#include <algorithm>

namespace vyre::scan {

bool UnfinishedFeed::next(std::vector<FileSource>& batch, std::size_t limit) {
  const auto before = static_cast<std::ptrdiff_t>(batch.size());
  const bool more = feed_.next(batch, limit);
  const auto done = std::remove_if(batch.begin() + before, batch.end(),
                                   [this](FileSource& source) { return is_done(source); });
  batch.erase(done, batch.end());
  return more;
}

bool UnfinishedFeed::is_done(FileSource& source) {
  source.mark = checkpoint_.marks().of_source(source);
  switch (checkpoint_.before().done.find(source.mark)) {
    case DoneFiles::State::kNew:
      return false;
    case DoneFiles::State::kDone:
      return true;
    case DoneFiles::State::kChanged:
      on_changed_(source.path);
      return true;
  }
  return false;
}

}  // namespace vyre::scan
