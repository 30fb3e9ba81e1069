#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "ingest/packed_file.hpp"
#include "ingest/slot.hpp"

namespace vyre::ingest {

struct FileStream;

/// Where a slot stands; each goes round in this order.
enum class SlotState : u8 { kFree, kStaging, kReading, kFilled, kTaken, kPublished, kDrained };

/// One slot's life. Holds either packed files or one chunk of a stream.
struct Slot {
  SlotState state = SlotState::kFree;
  SlotChunk chunk;
  ReadTimes times;
  u32 reads_in_flight = 0;
  std::vector<Extent> extents;
  /// Never grows beyond its reservation: reads in flight point at the paths.
  std::vector<PackedFile> files;
  /// Bytes of the slot that packed files have reserved.
  u32 used = 0;
  std::shared_ptr<FileStream> stream;
  u64 chunk_number = 0;
  /// The chunk's read went past the page cache.
  bool direct = false;
};

/// The slots of one buffer, taken and given back in a fixed rotation. Every change of state is
/// checked: a slot out of turn is a programmer's fault.
class SlotTable {
 public:
  SlotTable(u32 slots, u32 max_files);

  [[nodiscard]] Slot& operator[](u32 index) { return slots_[index]; }
  [[nodiscard]] const Slot& operator[](u32 index) const { return slots_[index]; }
  [[nodiscard]] u32 size() const noexcept { return static_cast<u32>(slots_.size()); }
  /// Slots that are not free.
  [[nodiscard]] u32 busy() const noexcept { return static_cast<u32>(taken_ - returned_); }

  /// The time of what happens to slots from now on.
  void set_time(u64 nanoseconds) noexcept { now_ = nanoseconds; }
  /// As it was set last; 0 at first.
  [[nodiscard]] u64 time() const noexcept { return now_; }
  /// Slots were sealed since the last submitted().
  [[nodiscard]] bool any_unsubmitted() const noexcept { return !unsubmitted_.empty(); }
  /// What was queued by now has been handed to the kernel.
  void submitted() noexcept;

  /// The next slot in turn, now kStaging; nothing while it is still in use.
  std::optional<u32> acquire();
  /// No read will be added: kStaging -> kReading.
  void seal(u32 index);
  /// kReading -> kFilled, without reads in flight.
  void fill(u32 index);
  /// The next filled slot, now kTaken, in the order of fill().
  std::optional<u32> take_filled();
  void publish(u32 index);
  /// kPublished -> kDrained, for the oldest slot in use.
  void drain(u32 index);
  /// kDrained -> kFree; drops the slot's files.
  void recycle(u32 index);
  [[nodiscard]] std::optional<u32> front() const noexcept;

 private:
  void move(u32 index, SlotState from, SlotState to);

  std::vector<Slot> slots_;
  u64 now_ = 0;
  /// Sealed since the last submitted(): at most one entry per slot.
  std::vector<u32> unsubmitted_;
  /// Ring of filled slots: at most one entry per slot.
  std::vector<u32> filled_;
  u64 filled_head_ = 0;
  u64 filled_tail_ = 0;
  u64 taken_ = 0;
  u64 returned_ = 0;
};

}  // namespace vyre::ingest
