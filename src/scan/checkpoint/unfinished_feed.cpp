#include "scan/checkpoint/unfinished_feed.hpp"

#include <algorithm>

namespace vyre::scan {

namespace {

/// The sources that `feed` gives next, but for those of which `drop` is true.
template <class Drop>
bool next_without(FileFeed& feed, std::vector<FileSource>& batch, std::size_t limit, Drop drop) {
  const auto before = static_cast<std::ptrdiff_t>(batch.size());
  const bool more = feed.next(batch, limit);
  batch.erase(std::remove_if(batch.begin() + before, batch.end(), drop), batch.end());
  return more;
}

}  // namespace

bool UnfinishedFeed::next(std::vector<FileSource>& batch, std::size_t limit) {
  return next_without(feed_, batch, limit, [this](FileSource& source) { return is_done(source); });
}

bool UnfinishedFeed::is_done(FileSource& source) {
  source.mark = ledger_.marks().of_source(source);
  switch (ledger_.before().done.find(source.mark)) {
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

bool OneFileFeed::next(std::vector<FileSource>& batch, std::size_t limit) {
  if (met_) return false;
  const bool more =
      next_without(feed_, batch, limit, [this](FileSource& source) { return is_other(source); });
  return more && !met_;
}

bool OneFileFeed::is_other(FileSource& source) {
  source.mark = marks_.of_source(source);
  const DoneFiles::State state = wanted_.find(source.mark);
  if (state != DoneFiles::State::kNew) met_ = true;
  return state != DoneFiles::State::kDone;
}

}  // namespace vyre::scan
