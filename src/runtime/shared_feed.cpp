#include "runtime/shared_feed.hpp"

#include <sys/stat.h>

#include <iterator>
#include <string>
#include <utility>

#include "ingest/file_part.hpp"
#include "ingest/open_file.hpp"
#include "runtime/joined_file.hpp"

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
  for (; !files_.empty() && limit > 0 && taken < bytes_; --limit) {
    if (!shared_) shared_ = share(files_.front());
    batch.push_back(shared_ ? next_part() : std::move(files_.front()));
    taken += batch.back().size;
    if (!shared_) files_.pop_front();
  }
}

// What cannot be opened is left to its ring, which says why.
std::optional<SharedFeed::SharedFile> SharedFeed::share(const FileSource& source) const {
  const auto is_big = [this](std::uint64_t size) { return size / 2 >= part_bytes_; };
  if (part_bytes_ == 0 || !is_big(source.size) || source.device || source.blocks ||
      source.path.find('\0') != std::string::npos) {
    return std::nullopt;
  }
  auto file = ingest::open_regular_file(source.path);
  struct stat state {};
  if (!file || ::fstat(file->get(), &state) != 0 || state.st_size < 0) return std::nullopt;
  const auto size = static_cast<std::uint64_t>(state.st_size);
  if (!is_big(size)) return std::nullopt;
  return SharedFile{.file = std::make_shared<const base::OwnedFd>(std::move(*file)),
                    .joined = std::make_shared<JoinedFile>(size / part_bytes_),
                    .size = size};
}

// The last one ends with the file; then `shared_` is empty again.
FileSource SharedFeed::next_part() {
  const std::uint64_t begin = shared_->next;
  const std::uint64_t end = begin + part_bytes_;
  const bool last = shared_->size - end < part_bytes_;
  FileSource part = files_.front();
  part.size = last ? shared_->size - begin : part_bytes_;
  part.part = std::make_shared<const ingest::FilePart>(
      ingest::FilePart{.range = {.begin = begin, .end = last ? std::nullopt : std::optional(end)},
                       .file = shared_->file,
                       .joined = shared_->joined});
  shared_->next = end;
  if (last) shared_.reset();
  return part;
}

}  // namespace vyre::runtime
