#include "runtime/replay/ring_recorder.hpp"

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

}  // namespace

RingRecorder::RingRecorder(Recording& recording, u32 ring, const backend::Region& region)
    : recording_(recording), ring_(ring), region_(region), runs_(region.outcome_count()) {
  recording_.loads().attach(region_.id(), *this);
}

RingRecorder::~RingRecorder() { recording_.loads().detach(region_.id()); }

void RingRecorder::begins(std::uint32_t slot, std::uint32_t outcome, bool again) {
  if (numbers_.size() <= slot) numbers_.resize(slot + 1);
  const std::lock_guard lock(mutex_);
  if (again) {
    forget_run(numbers_[slot]);
  } else {
    numbers_[slot] = recording_.log().next_number();
  }
  runs_[outcome] = {.number = numbers_[slot]};
}

void RingRecorder::published(const PublishedWork& work) {
  record_.number = numbers_[work.slot];
  record_.ring = ring_;
  record_.opcode = work.item.opcode;
  record_.tenant = work.item.tenant;
  record_.priority = static_cast<u32>(work.item.priority);
  record_.arguments = work.item.arguments;
  // After a lost worker the slot has another outcome; the log knows it by its place in the ring.
  record_.arguments[wire::chunk_argument::kOutcome] = work.slot;
  record_.program = recording_.stream().program;
  record_.input = vir0::hash_content(work.bytes);
  VYRE_CHECK(work.carry_in.size() == record_.carry.size());
  std::copy(work.carry_in.begin(), work.carry_in.end(), record_.carry.begin());
  describe_input(work);
  const std::lock_guard lock(mutex_);
  recording_.log().count_slot();
  append(record_);
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
  return {.file = recording_.describe(file.path()),
          .offset = file.first_offset() + file_offset,
          .slot_offset = slot_offset,
          .length = length};
}

void RingRecorder::ended(std::uint32_t slot, std::uint32_t outcome, const SlotFault* fault) {
  OutcomeRecord record = outcome_record(region_, outcome, recording_.stream().carry_words, fault);
  record.number = numbers_[slot];
  const std::lock_guard lock(mutex_);
  forget_run(record.number);
  recording_.log().count_outcome();
  append(record);
}

void RingRecorder::answered(const backend::LoadRequest& request, u32 status,
                            std::span<const std::byte> bytes) {
  LoadRecord record{.handle = request.resource,
                    .length = request.bytes,
                    .offset = request.offset,
                    .status = status,
                    .content = vir0::hash_content(bytes),
                    .bytes = recording_.with_inputs() ? bytes : std::span<const std::byte>()};
  const std::lock_guard lock(mutex_);
  if (request.outcome >= runs_.size() || !runs_[request.outcome].number) return;
  Run& run = runs_[request.outcome];
  record.number = *run.number;
  record.load = run.next_load++;
  recording_.log().count_load();
  append(record);
}

void RingRecorder::forget_run(u64 number) {
  for (Run& run : runs_) {
    if (run.number == number) run = {};
  }
}

template <class Record>
void RingRecorder::append(const Record& record) {
  append_record(record, batch_);
  // The stream ends by status().
  if (batch_.size() >= kBatchBytes) static_cast<void>(flush());
}

Status RingRecorder::flush() {
  Status status = recording_.log().append(batch_);
  batch_.clear();
  return status;
}

Status RingRecorder::finish() {
  recording_.loads().detach(region_.id());
  const std::lock_guard lock(mutex_);
  return flush();
}

}  // namespace vyre::runtime::replay
