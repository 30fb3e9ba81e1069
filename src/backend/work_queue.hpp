#pragma once

#include <array>
#include <cstdint>
#include <span>

#include "backend/backend.hpp"
#include "base/check.hpp"
#include "base/owned_fd.hpp"
#include "kernel/context.hpp"
#include "vyre/error.hpp"
#include "wire/atomics.hpp"
#include "wire/builtin.hpp"
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

/// One work ring: a single producer (one thread at a time) publishes, the workers execute.
/// Positions count publications and wrap at 2^32; position p lives in slot p % capacity. Slots may
/// finish in any order; the producer releases them in any order.
class WorkQueue {
 public:
  /// Both are the megakernel's; the view's wake word holds the eventfd that the workers write.
  WorkQueue(const kernel::QueueView& view, Backend& backend);
  WorkQueue(const WorkQueue&) = delete;
  WorkQueue& operator=(const WorkQueue&) = delete;

  /// Writes the next slot and returns its position. Errors: QueueFull where that slot has not been
  /// released; InvalidArgument for a reserved opcode, an unknown tenant, or a user opcode outside
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
                                       std::span<const PackedOperation> operations);
  /// True where publish would be QueueFull: the check for hot paths, which builds no error.
  [[nodiscard]] bool full() const noexcept { return status(tail_) != wire::SlotStatus::kEmpty; }

  /// Acquire: after kDone or kFault the slot's arguments and its outcome may be read.
  [[nodiscard]] wire::SlotStatus status(std::uint32_t position) const noexcept {
    return static_cast<wire::SlotStatus>(wire::load_acquire(&at(position).status));
  }
  /// True for kDone and kFault.
  [[nodiscard]] bool finished(std::uint32_t position) const noexcept {
    const wire::SlotStatus now = status(position);
    return now == wire::SlotStatus::kDone || now == wire::SlotStatus::kFault;
  }
  /// The slot itself: fault words, results. Only for a finished, unreleased position.
  [[nodiscard]] const wire::WorkSlot& slot(std::uint32_t position) const noexcept {
    return at(position);
  }
  /// Takes a finished slot back: EMPTY, may be published again.
  void release(std::uint32_t position) {
    VYRE_CHECK(finished(position));
    wire::store_release(&at(position).status, static_cast<std::uint32_t>(wire::SlotStatus::kEmpty));
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

  [[nodiscard]] std::uint32_t capacity() const noexcept { return view_.capacity; }
  /// Position that the next publish gets.
  [[nodiscard]] std::uint32_t next_position() const noexcept { return tail_; }

 private:
  [[nodiscard]] wire::WorkSlot& at(std::uint32_t position) const noexcept {
    return view_.slots[position & (view_.capacity - 1)];
  }
  [[nodiscard]] static Status check(const WorkItem& item);
  /// Writes the slot at tail_, which is free, and moves tail_.
  void write(const WorkItem& item);
  void show_tail();

  const kernel::QueueView& view_;
  kernel::WakeWord& wake_;
  Backend& backend_;
  std::uint32_t tail_ = 0;
  /// Closed with the megakernel, after its workers are gone.
  base::OwnedFd wake_descriptor_;
};

}  // namespace vyre::backend
