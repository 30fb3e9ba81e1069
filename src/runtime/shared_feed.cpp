#include "runtime/shared_feed.hpp"

#include <iterator>
#include <utility>

namespace vyre::runtime {
namespace {

// Fills a slot with small files in one call of the feed.
constexpr std::size_t kBatch = 64;

}  // namespace

bool SharedFeed::next(std::vector<FileSource>& batch, std::size_t limit) {
  std::unique_lock lock(mutex_);
  // What others are being told may yet be for us.
  changed_.wait(lock, [this] { return !files_.empty() || !exhausted_ || asking_ == 0; });
  if (files_.empty()) {
    if (exhausted_) return false;
    ++asking_;
    lock.unlock();
    std::vector<FileSource> told;
    const bool more = feed_.next(told, kBatch);
    lock.lock();
    --asking_;
    files_.insert(files_.end(), std::make_move_iterator(told.begin()),
                  std::make_move_iterator(told.end()));
    exhausted_ |= !more;
    changed_.notify_all();
  }
  take(batch, limit);
  return true;
}

void SharedFeed::take(std::vector<FileSource>& batch, std::size_t limit) {
  std::uint64_t taken = 0;
  while (!files_.empty() && limit > 0 && taken < bytes_) {
    taken += files_.front().size;
    batch.push_back(std::move(files_.front()));
    files_.pop_front();
    --limit;
  }
}

}  // namespace vyre::runtime
