#include "ingest/slot_table.hpp"

#include "base/check.hpp"
#include "ingest/file_stream.hpp"

namespace vyre::ingest {

SlotTable::SlotTable(u32 slots, u32 max_files) : slots_(slots), filled_(slots) {
  unsubmitted_.reserve(slots);
  for (Slot& slot : slots_) {
    slot.files.reserve(max_files);
    slot.extents.reserve(max_files);
  }
}

void SlotTable::move(u32 index, SlotState from, SlotState to) {
  VYRE_CHECK(index < slots_.size() && slots_[index].state == from);
  slots_[index].state = to;
}

std::optional<u32> SlotTable::acquire() {
  const auto index = static_cast<u32>(taken_ % slots_.size());
  if (slots_[index].state != SlotState::kFree) return std::nullopt;
  move(index, SlotState::kFree, SlotState::kStaging);
  slots_[index].times = {.taken = now_};
  ++taken_;
  return index;
}

void SlotTable::seal(u32 index) {
  move(index, SlotState::kStaging, SlotState::kReading);
  unsubmitted_.push_back(index);
}

void SlotTable::submitted() noexcept {
  for (const u32 index : unsubmitted_) {
    ReadTimes& times = slots_[index].times;
    // Nothing was left to submit of one whose reads were over when it was sealed.
    times.submitted = times.filled != 0 ? times.filled : now_;
  }
  unsubmitted_.clear();
}

void SlotTable::fill(u32 index) {
  move(index, SlotState::kReading, SlotState::kFilled);
  VYRE_CHECK(slots_[index].reads_in_flight == 0);
  slots_[index].times.filled = now_;
  filled_[filled_tail_++ % filled_.size()] = index;
}

std::optional<u32> SlotTable::take_filled() {
  if (filled_head_ == filled_tail_) return std::nullopt;
  const u32 index = filled_[filled_head_++ % filled_.size()];
  move(index, SlotState::kFilled, SlotState::kTaken);
  return index;
}

void SlotTable::publish(u32 index) { move(index, SlotState::kTaken, SlotState::kPublished); }

void SlotTable::drain(u32 index) {
  VYRE_CHECK(front() == index);
  move(index, SlotState::kPublished, SlotState::kDrained);
}

void SlotTable::recycle(u32 index) {
  VYRE_CHECK(front() == index);
  move(index, SlotState::kDrained, SlotState::kFree);
  Slot& slot = slots_[index];
  slot.chunk = {};
  slot.extents.clear();
  slot.files.clear();
  slot.used = 0;
  slot.stream.reset();
  slot.chunk_number = 0;
  slot.direct = false;
  ++returned_;
}

std::optional<u32> SlotTable::front() const noexcept {
  if (taken_ == returned_) return std::nullopt;
  return static_cast<u32>(returned_ % slots_.size());
}

}  // namespace vyre::ingest
