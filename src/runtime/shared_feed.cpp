#include "runtime/shared_feed.hpp"

#include <iterator>
#include <string>
#include <utility>

#include "ingest/file_part.hpp"
#include "ingest/shared_file.hpp"
#include "runtime/joined_file.hpp"

namespace vyre::runtime {
namespace {

// Fills a slot with small files in one call of the feed.
constexpr std::size_t kBatch = 64;

}  // namespace

bool SharedFeed::next(std::vector<FileSource>& batch, std::size_t limit) {
  std::unique_lock lock(mutex_);
  // What others are being told, or open, may yet be for us.
  changed_.wait(lock, [this] { return has_some() || !exhausted_ || busy_ == 0; });
  if (!has_some()) {
    if (exhausted_) return false;
    ask(lock);
  }
  take(lock, batch, limit);
  return true;
}

void SharedFeed::ask(std::unique_lock<std::mutex>& lock) {
  ++busy_;
  lock.unlock();
  std::vector<FileSource> told;
  const bool more = feed_.next(told, kBatch);
  lock.lock();
  --busy_;
  files_.insert(files_.end(), std::make_move_iterator(told.begin()),
                std::make_move_iterator(told.end()));
  exhausted_ |= !more;
  changed_.notify_all();
}

void SharedFeed::take(std::unique_lock<std::mutex>& lock, std::vector<FileSource>& batch,
                      std::size_t limit) {
  std::uint64_t taken = 0;
  for (; has_some() && limit > 0 && taken < bytes_; --limit) {
    batch.push_back(take_one(lock));
    taken += batch.back().size;
  }
}

FileSource SharedFeed::take_one(std::unique_lock<std::mutex>& lock) {
  if (!shared_.empty()) return next_part();
  FileSource file = std::move(files_.front());
  files_.pop_front();
  if (!may_be_shared(file)) return file;
  // Its file system may take its time, so others go on meanwhile.
  ++busy_;
  lock.unlock();
  std::optional<InParts> shared = share(file);
  lock.lock();
  --busy_;
  changed_.notify_all();
  if (!shared) return file;
  shared_.push_back(std::move(*shared));
  return next_part();
}

bool SharedFeed::is_big(std::uint64_t size) const {
  return part_bytes_ != 0 && size / 2 >= part_bytes_;
}

bool SharedFeed::may_be_shared(const FileSource& source) const {
  return is_big(source.size) && !source.device && !source.blocks &&
         source.path.find('\0') == std::string::npos;
}

// What cannot be opened is left to its ring, which says why.
std::optional<SharedFeed::InParts> SharedFeed::share(const FileSource& source) const {
  auto file = ingest::SharedFile::open(source.path);
  if (!file || !is_big((*file)->size)) return std::nullopt;
  return InParts{.source = source,
                 .file = *file,
                 .joined = std::make_shared<JoinedFile>((*file)->size / part_bytes_)};
}

// The last one ends with the file.
FileSource SharedFeed::next_part() {
  InParts& shared = shared_.front();
  const std::uint64_t begin = shared.next;
  const std::uint64_t end = begin + part_bytes_;
  const bool last = shared.file->size - end < part_bytes_;
  FileSource part = shared.source;
  part.size = last ? shared.file->size - begin : part_bytes_;
  part.part = std::make_shared<const ingest::FilePart>(
      ingest::FilePart{.range = {.begin = begin, .end = last ? std::nullopt : std::optional(end)},
                       .file = shared.file,
                       .joined = shared.joined});
  shared.next = end;
  if (last) shared_.pop_front();
  return part;
}

}  // namespace vyre::runtime
