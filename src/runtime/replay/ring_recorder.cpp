#include "runtime/replay/ring_recorder.hpp"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#include "base/check.hpp"
#include "runtime/replay/log_frame.hpp"
#include "runtime/replay/outcome_record.hpp"
#include "vir0/content_hash.hpp"

namespace vyre::runtime::replay {
namespace {

// A lock and a system call for some hundred slots; what a crash can cost of the log.
constexpr std::size_t kBatchBytes = 256u << 10;
constexpr u64 kNanoseconds = 1'000'000'000;

}  // namespace

RingRecorder::RingRecorder(Recording& recording, u32 ring, const backend::Region& region)
    : recording_(recording), ring_(ring), region_(region) {}

void RingRecorder::published(const PublishedWork& work) {
  if (numbers_.size() <= work.slot) numbers_.resize(work.slot + 1);
  record_.number = recording_.log().next_slot();
  numbers_[work.slot] = record_.number;
  record_.ring = ring_;
  record_.opcode = work.item.opcode;
  record_.tenant = work.item.tenant;
  record_.priority = static_cast<u32>(work.item.priority);
  record_.arguments = work.item.arguments;
  record_.program = recording_.stream().program;
  record_.input = vir0::hash_content(work.bytes);
  VYRE_CHECK(work.carry_in.size() == record_.carry.size());
  std::copy(work.carry_in.begin(), work.carry_in.end(), record_.carry.begin());
  describe_input(work);
  append_record(record_, batch_);
  flush_if_full();
}

void RingRecorder::describe_input(const PublishedWork& work) {
  record_.extents.clear();
  record_.bytes = recording_.with_inputs() ? work.bytes : std::span<const std::byte>();
  if (work.streamed != nullptr) {
    record_.extents.push_back(
        extent_of(*work.streamed, work.chunk.file_offset, 0, work.chunk.length));
    return;
  }
  for (const ingest::Extent& extent : work.whole_files) {
    if (extent.length == 0 && extent.error != nullptr) continue;
    record_.extents.push_back(
        extent_of(*extent.file, extent.file_offset, extent.slot_offset, extent.length));
  }
}

InputExtent RingRecorder::extent_of(const StreamedFile& file, u64 file_offset, u32 slot_offset,
                                    u32 length) const {
  InputExtent extent{
      .path = file.path().starts_with('/') ? file.path() : recording_.folder() + file.path(),
      .offset = file.first_offset() + file_offset,
      .slot_offset = slot_offset,
      .length = length};
  struct stat state {};
  if (::stat(extent.path.c_str(), &state) == 0) {
    extent.device = state.st_dev;
    extent.inode = state.st_ino;
    extent.size = static_cast<u64>(state.st_size);
    extent.modified_nanoseconds = static_cast<u64>(state.st_mtim.tv_sec) * kNanoseconds +
                                  static_cast<u64>(state.st_mtim.tv_nsec);
  }
  return extent;
}

void RingRecorder::ended(std::uint32_t slot, std::uint32_t outcome, const SlotFault* fault) {
  OutcomeRecord record = outcome_record(region_, outcome, recording_.stream().carry_words, fault);
  record.number = numbers_[slot];
  recording_.log().count_outcome();
  append_record(record, batch_);
  flush_if_full();
}

void RingRecorder::flush_if_full() {
  // The stream ends by status().
  if (batch_.size() >= kBatchBytes) static_cast<void>(flush());
}

Status RingRecorder::flush() {
  Status status = recording_.log().append(batch_);
  batch_.clear();
  return status;
}

}  // namespace vyre::runtime::replay
