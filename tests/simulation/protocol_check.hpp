#pragma once

#include <array>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "kernel/context.hpp"
#include "tests/simulation/coverage.hpp"
#include "tests/simulation/lost_chunks.hpp"
#include "tests/simulation/simulated_ring.hpp"
#include "wire/fault.hpp"
#include "wire/work_slot.hpp"

namespace vyre::simulation {

/// The workers have the slot, or may have it soon.
constexpr bool is_unfinished(wire::SlotStatus status) {
  return status == wire::SlotStatus::kPublished || status == wire::SlotStatus::kClaimed ||
         status == wire::SlotStatus::kWaitIo;
}

/// What a program slot's outcome must be, from the slot's arguments and the chunk's bytes alone.
struct ExpectedOutcome {
  std::optional<u32> fault_code;
  u32 record_count = 0;
  /// Empty where the outcome overflowed.
  std::vector<wire::Record> records;
  /// Absent: not a function of this chunk alone.
  std::optional<u64> result;
};

/// Knows the outcome of the programs under simulation.
class OutcomeOracle {
 public:
  virtual ~OutcomeOracle() = default;
  virtual ExpectedOutcome expect(u32 opcode, std::span<const u8> chunk, u32 own_begin, u32 own_end,
                                 u32 record_capacity) const = 0;
};

/// For what is told.
std::string slot_name(u32 band, u32 position);

/// Holds every write to slots, tails, tickets and counters to the protocol, as it is made: each
/// slot goes round EMPTY, PUBLISHED, CLAIMED (perhaps WAIT_IO, CLAIMED again), DONE or FAULT; its
/// body is whole before it is shown, stays as it is while shown; a position is claimed once, by a
/// worker; what it says when DONE stays so until it is taken back; the bytes of its chunk do not
/// change meanwhile; fences end after all earlier slots of their tenant, and each counts once.
class ProtocolCheck final : public BufferWatch {
 public:
  ProtocolCheck(const Scheduler& scheduler, Coverage& coverage)
      : scheduler_(scheduler), coverage_(coverage), lost_chunks_(coverage) {}

  const OutcomeOracle* oracle = nullptr;
  /// True where some ring has a read in flight into these bytes.
  std::function<bool(std::span<const std::byte>)> read_in_flight;

  /// The places; once.
  void learn(const kernel::Context& context);
  [[nodiscard]] bool knows() const noexcept { return context_ != nullptr; }
  void after_write(const u32* word, u32 previous, u32 value);

  void check_writable(std::span<const std::byte> target) override;
  /// Memory that the backend gets back: no worker may be in it.
  void check_releasable(std::span<const std::byte> memory) const;

  /// One of the queue's slots has been finished for so long, and was not taken back.
  [[nodiscard]] bool finished_unseen(u32 queue, Time since) const;
  [[nodiscard]] bool parked(u32 queue) const {
    return bands_[queue * wire::kBands].view->wake->parked != 0;
  }
  /// Requests or slots that waited for I/O are there for a worker to move them on.
  [[nodiscard]] bool io_wants_moving() const;
  /// Every slot was taken back.
  [[nodiscard]] bool all_empty(u32 queue) const;
  [[nodiscard]] u32 finished_slots() const noexcept { return finished_slots_; }
  [[nodiscard]] u32 faulted_slots() const noexcept { return faulted_slots_; }
  [[nodiscard]] u32 bands() const { return static_cast<u32>(bands_.size()); }
  /// Slots that ended since their worker was lost.
  [[nodiscard]] u32 lost_slots() const noexcept { return lost_chunks_.count(); }
  /// As the band shows it.
  [[nodiscard]] u32 tail(u32 band) const { return bands_[band].tail; }
  /// Of all bands of a queue.
  [[nodiscard]] u32 shown(u32 queue) const;
  /// A position of the band before `end` that is published and not finished.
  [[nodiscard]] std::optional<u32> unfinished_before(u32 band, u32 end) const;

 private:
  struct Mirror {
    wire::SlotStatus status = wire::SlotStatus::kEmpty;
    u32 position = 0;
    /// Among the publications of all bands of the queue.
    u32 order = 0;
    wire::WorkSlot body{};
    u32 claimed = 0;
    u64 bytes_hash = 0;
    u64 outcome_hash = 0;
    /// Its worker was lost, and may still write to the outcome.
    bool lost = false;
    Time finished_at = 0;
  };
  /// One band of a queue. Where functions below say `band`, it is the index of its view.
  struct Band {
    const kernel::QueueView* view = nullptr;
    std::vector<Mirror> slots;
    /// Positions that were shown PUBLISHED.
    u32 published = 0;
    u32 tail = 0;
    u32 head = 0;
    u32 newest_finished = 0;
  };

  void on_status(u32 band, u32 index, u32 value);
  void on_published(u32 band, u32 index);
  void on_claimed(u32 band, u32 index);
  void on_parked(u32 band, u32 index);
  void on_finished(u32 band, u32 index, bool fault);
  void on_released(u32 band, u32 index);
  void on_tail(u32 band, u32 value);
  void check_quota(u32 band, const Mirror& slot);
  void on_ticket(u32 band, u32 index, u32 value);
  void on_head(u32 band, u32 value);
  void on_left(u32 band, u32 index, u32 value);
  void on_epoch(u32 previous, u32 value);
  void check_body(u32 band, u32 index, const char* when) const;
  void check_program(u32 band, u32 index, bool fault);
  void on_cancelled(Mirror& slot, wire::FaultCode reason);
  void on_lost(Mirror& slot);
  [[nodiscard]] bool is_program(const Mirror& slot) const;
  [[nodiscard]] static bool is_fence(const Mirror& slot);
  [[nodiscard]] std::span<const Band> bands_of(u32 queue) const;
  [[nodiscard]] bool fence_is_ready(u32 band, const Mirror& fence) const;
  [[nodiscard]] std::span<const u8> chunk_of(const Mirror& slot) const;
  [[nodiscard]] const wire::OutcomeHeader* outcome_of(const Mirror& slot) const;
  [[nodiscard]] u64 hash_of_outcome(const Mirror& slot) const;

  const Scheduler& scheduler_;
  Coverage& coverage_;
  const kernel::Context* context_ = nullptr;
  std::vector<Band> bands_;
  /// By queue: publications.
  std::vector<u32> published_;
  /// By tenant, since the beginning.
  std::array<u32, wire::kMaxTenants> claims_{};
  /// Fences that the epoch has and that have not ended yet.
  u32 counted_fences_ = 0;
  u32 finished_slots_ = 0;
  u32 faulted_slots_ = 0;
  LostChunks lost_chunks_;
};

}  // namespace vyre::simulation
