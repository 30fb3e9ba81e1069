#include "runtime/file_order.hpp"

#include <algorithm>

#include "base/check.hpp"

namespace vyre::runtime {

const FileOrder::File* FileOrder::find(u64 stream) const {
  const auto found = std::find_if(files_.begin(), files_.end(),
                                  [stream](const File& file) { return file.stream == stream; });
  return found == files_.end() ? nullptr : &*found;
}

bool FileOrder::may_start(u32 slot, const ingest::SlotChunk& chunk, u32 running) const {
  if (order_ == TileOrder::kAny) return true;
  if (order_ == TileOrder::kSerial && (slot != turn_ || running != 0)) return false;
  if (chunk.number == 0) return true;
  const File* file = find(chunk.stream);
  return file != nullptr && file->next_chunk == chunk.number;
}

bool FileOrder::may_pass(u32 slot) const { return order_ != TileOrder::kSerial || slot == turn_; }

bool FileOrder::spoilt(const ingest::SlotChunk& chunk) const {
  if (order_ == TileOrder::kAny || chunk.number == 0) return false;
  const File* file = find(chunk.stream);
  return file != nullptr && file->faulted;
}

void FileOrder::leave(u32 slot) {
  if (order_ != TileOrder::kSerial) return;
  VYRE_CHECK(slot == turn_);
  turn_ = (turn_ + 1) % slots_;
}

FileOrder::Carry FileOrder::carry_in(const ingest::SlotChunk& chunk) const {
  if (chunk.number == 0) return {};
  const File* file = find(chunk.stream);
  VYRE_CHECK(file != nullptr && file->next_chunk == chunk.number);
  return file->carry;
}

void FileOrder::finish(const ingest::SlotChunk& chunk, std::span<const u64> carry, bool faulted) {
  // A slot of whole files has no next chunk.
  if (order_ == TileOrder::kAny || chunk.stream == 0) return;
  File file{
      .stream = chunk.stream, .next_chunk = chunk.number + 1, .carry = {}, .faulted = faulted};
  VYRE_CHECK(carry.size() == file.carry.size());
  std::copy(carry.begin(), carry.end(), file.carry.begin());
  forget(chunk.stream);
  files_.push_back(file);
}

void FileOrder::forget(u64 stream) {
  std::erase_if(files_, [stream](const File& file) { return file.stream == stream; });
}

}  // namespace vyre::runtime
