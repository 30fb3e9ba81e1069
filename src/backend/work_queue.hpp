#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "backend/backend.hpp"
#include "base/check.hpp"
#include "base/owned_fd.hpp"
#include "kernel/context.hpp"
#include "vyre/error.hpp"
#include "wire/atomics.hpp"
#include "wire/builtin.hpp"
#include "wire/fault.hpp"
#include "wire/work_slot.hpp"

namespace vyre::backend {

/// What a slot asks for.
struct WorkItem {
  std::uint32_t opcode = 0;
  std::uint32_t tenant = 0;
  wire::Priority priority = wire::Priority::kNormal;
  std::array<std::uint32_t, wire::kSlotArguments> arguments{};
};

/// One small built-in of a packed slot; `arguments` as many as the opcode takes.
struct PackedOperation {
  wire::Opcode opcode;
  std::span<const std::uint32_t> arguments;
};

/// One work queue: a single producer (one thread at a time) publishes, the workers execute, the
/// more urgent first. Each priority has a ring of `capacity` slots of its own, a band. Positions
/// count publications of all bands and wrap at 2^32. Slots may finish in any order; the producer
/// releases them in any order.
class WorkQueue {
 public:
  /// The queue's kBands views; these, and their wake word, which holds the eventfd that the workers
  /// write, are the megakernel's.
  WorkQueue(std::span<const kernel::QueueView, wire::kBands> bands, Backend& backend);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// Writes the next slot of the item's band and returns its position. Of a BATCH_FENCE the
  /// arguments are written here. Errors: QueueFull where that slot has not been released;
  /// InvalidArgument for a reserved opcode, an unknown tenant or priority, or a user opcode outside
  /// the tenant's window. Cost: one cache line, one fence; no system call while workers are busy.
  Result<std::uint32_t> publish(const WorkItem& item);
  /// Publishes as many of the items as there is room for, in order, and returns how many. Errors:
  /// InvalidArgument as publish(), for the first item that is refused; those before it are
  /// published. Cost: one cache line an item, and the tail once, which workers look at all the
  /// time.
  Result<std::uint32_t> publish_some(std::span<const WorkItem> items);
  /// Packs small built-ins of one tenant into one slot (layout in wire/builtin.hpp); they run in
  /// order. Errors: as publish, and InvalidArgument where they do not fit or cannot be packed.
  Result<std::uint32_t> publish_packed(std::uint32_t tenant,
                                       std::span<const PackedOperation> operations,
                                       wire::Priority priority = wire::Priority::kNormal);
  /// True where publish would be QueueFull: the check for hot paths, which builds no error.
  [[nodiscard]] bool full(wire::Priority priority = wire::Priority::kNormal) const noexcept {
    // Relaxed: workers write this word while they own the slot, but EMPTY only this thread does.
    const std::uint32_t now =
        wire::relaxed_load(&next_slot(static_cast<std::uint32_t>(priority)).status);
    return now != static_cast<std::uint32_t>(wire::SlotStatus::kEmpty) || place(next_) != kNoPlace;
  }

  /// Acquire: after kDone or kFault the slot's arguments and its outcome may be read. kEmpty for a
  /// position that was given back.
  [[nodiscard]] wire::SlotStatus status(std::uint32_t position) const noexcept {
    if (place(position) == kNoPlace) return wire::SlotStatus::kEmpty;
    return static_cast<wire::SlotStatus>(wire::load_acquire(&at(position).status));
  }
  /// True for kDone and kFault.
  [[nodiscard]] bool finished(std::uint32_t position) const noexcept {
    return is_final(status(position));
  }
  /// The slot itself: fault words, results. Only for a finished, unreleased position.
  [[nodiscard]] const wire::WorkSlot& slot(std::uint32_t position) const noexcept {
    return at(position);
  }
  /// Asks the workers to end the program of a slot that is published and not released, with
  /// `reason` (kCancelled or kDeadlineExceeded): where it is queued it does not run once it is
  /// its turn, where it runs it ends at its next tile, in FAULT with that code; where it is
  /// finished nothing changes. The last reason counts. Other slots are over at once; a fence waits
  /// on. Errors: DeviceFault. Cost: a word in workers' memory, some microseconds on a device.
  Status cancel(std::uint32_t position, wire::FaultCode reason);
  /// Takes a finished slot back: EMPTY, may be published again.
  void release(std::uint32_t position) {
    VYRE_CHECK(finished(position));
    if (!cancelled_.empty()) forget_cancellation(position);
    give_back(position);
  }

  /// Releases the finished slots from `position` on, `most` of them at most, up to the first that
  /// is not finished; returns how many. Cost: one cache line each, several on their way at once.
  std::uint32_t release_finished(std::uint32_t position, std::uint32_t most);

  /// Announces that the producer will sleep until `position` is finished. False: it already is (and
  /// nothing is announced). True: wake_fd() becomes readable, once, when any slot of this queue
  /// finishes; re-check `finished`, and park again if need be. Spurious wake-ups happen. Where the
  /// backend has a poll_interval(), nobody writes it: look again after that long.
  [[nodiscard]] bool park(std::uint32_t position) noexcept;
  /// Withdraws the announcement (after waking for another reason, or after a wake-up).
  void unpark() noexcept;
  /// A non-blocking eventfd; the producer reads (and so clears) it.
  [[nodiscard]] int wake_fd() const noexcept;
  /// Makes the eventfd behind `event_fd` the one that wakes the producer, so that it can sleep on
  /// reads and workers at once. Keeps a descriptor of its own, since a worker may still write when
  /// the producer is gone. Once, before the first park(). Errors: Syscall where no descriptor is
  /// free.
  Status wake_through(int event_fd);

  /// Slots of each band.
  [[nodiscard]] std::uint32_t capacity() const noexcept { return capacity_; }
  /// Position that the next publish gets.
  [[nodiscard]] std::uint32_t next_position() const noexcept { return next_; }

 private:
  /// A slot's number in the queue: its band's first, and its place there.
  using Place = std::uint16_t;
  static constexpr Place kNoPlace = 0xFFFF;

  struct Band {
    std::uint32_t tail = 0;
    /// Slots that have not been given back.
    std::uint32_t in_use = 0;
  };

  [[nodiscard]] Place place(std::uint32_t position) const noexcept {
    return places_[position & place_mask_];
  }
  [[nodiscard]] wire::WorkSlot& at(std::uint32_t position) const noexcept {
    VYRE_CHECK(place(position) != kNoPlace);
    return slots_[place(position)];
  }
  [[nodiscard]] wire::WorkSlot& next_slot(std::uint32_t band) const noexcept {
    return slots_[next_place(band)];
  }
  [[nodiscard]] std::uint32_t next_place(std::uint32_t band) const noexcept {
    return (band << capacity_bits_) + (bands_[band].tail & (capacity_ - 1));
  }
  void give_back(std::uint32_t position) {
    Place& given = places_[position & place_mask_];
    --bands_[given >> capacity_bits_].in_use;
    wire::store_release(&slots_[given].status,
                        static_cast<std::uint32_t>(wire::SlotStatus::kEmpty));
    given = kNoPlace;
  }
  [[nodiscard]] static bool is_final(wire::SlotStatus status) noexcept {
    return status == wire::SlotStatus::kDone || status == wire::SlotStatus::kFault;
  }
  /// Of an item that is not valid.
  [[nodiscard]] static Error refusal_of(const WorkItem& item);
  /// Writes the next slot of the item's band, which is free, and moves the band's tail.
  void write(const WorkItem& item);
  /// What a fence waits for: all that was published before it.
  void describe_past(wire::WorkSlot& fence) const;
  void show_tail(std::uint32_t band);
  [[nodiscard]] Error full_error(std::uint32_t band) const;
  [[nodiscard]] std::uint32_t* cancel_word(std::uint32_t position) const noexcept;
  void forget_cancellation(std::uint32_t position);

  std::span<const kernel::QueueView, wire::kBands> views_;
  /// Of all bands, one after the other.
  wire::WorkSlot* slots_;
  std::uint32_t capacity_;
  std::uint32_t capacity_bits_;
  kernel::WakeWord& wake_;
  Backend& backend_;
  std::array<Band, wire::kBands> bands_{};
  /// By position, modulo a power of two that is at least the number of slots.
  std::vector<Place> places_;
  std::uint32_t place_mask_;
  std::uint32_t next_ = 0;
  /// Positions that were cancelled and not released: few, and none as a rule.
  std::vector<std::uint32_t> cancelled_;
  /// Closed with the megakernel, after its workers are gone.
  base::OwnedFd wake_descriptor_;
};

}  // namespace vyre::backend
