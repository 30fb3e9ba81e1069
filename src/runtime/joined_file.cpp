#include "runtime/joined_file.hpp"

#include <utility>

#include "base/check.hpp"
#include "ingest/file_part.hpp"

namespace vyre::runtime {

void FileEnd::begin() {
  fold.begin();
  bytes = 0;
  error.reset();
  fault.reset();
}

std::optional<bool> JoinedFile::count(bool failed) {
  const std::lock_guard lock(mutex_);
  VYRE_CHECK(uncounted_ != 0);
  failed_ |= failed;
  if (--uncounted_ != 0) return std::nullopt;
  return failed_;
}

bool JoinedFile::join(std::uint64_t begin, FileEnd& end) {
  const std::lock_guard lock(mutex_);
  VYRE_CHECK(unjoined_ != 0);
  take(begin, end);
  if (--unjoined_ != 0) return false;
  end = std::move(*whole_);
  return true;
}

void JoinedFile::take(std::uint64_t begin, const FileEnd& part) {
  const bool failed_before = whole_ && whole_->error;
  const bool stands_first = part.error && (!failed_before || begin < error_begin_);
  if (!whole_) {
    whole_ = part;
  } else {
    if (!failed_before) whole_->bytes += part.bytes;
    whole_->fold.add(part.fold.parts());
  }
  if (!stands_first) return;
  error_begin_ = begin;
  whole_->bytes = begin + part.bytes;
  whole_->error = part.error;
  whole_->fault = part.fault;
}

bool join_parts(const StreamedFile& file, FileEnd& end) {
  const ingest::FilePart* const part = file.part();
  return part == nullptr || part->joined->join(part->range.begin, end);
}

}  // namespace vyre::runtime
