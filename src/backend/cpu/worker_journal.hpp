#pragma once

#include <atomic>

#include "kernel/context.hpp"

namespace vyre::backend {

/// What one worker is at, for who watches it; and whether the slot is still the worker's. On cache
/// lines of its own. Where a worker does not get on, the watcher disowns it: one of two
/// compare-exchanges of one word wins, the watcher's, or the worker's at its next tile or at the
/// slot's end. So either the worker ends the slot, or the watcher does, and the worker, should it
/// go on some day, touches nothing any more but what its tile was writing to.
class alignas(64) WorkerJournal {
 public:
  // The worker's. False: it was disowned, and must end.
  void begin_slot(kernel::Claim claim) noexcept {
    queue_.store(claim.queue, std::memory_order_relaxed);
    position_.store(claim.position, std::memory_order_relaxed);
    tile_.store(0, std::memory_order_relaxed);
    word_.store(next(word_.load(std::memory_order_relaxed), kAtSlot), std::memory_order_release);
  }
  [[nodiscard]] bool begin_tile() noexcept {
    tile_.store(tile_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    return move_to(kAtSlot);
  }
  [[nodiscard]] bool end_slot() noexcept { return move_to(kIdle); }

  // The watcher's.
  /// Changes with each slot and each tile.
  [[nodiscard]] u64 word() const noexcept { return word_.load(std::memory_order_acquire); }
  static bool at_slot(u64 word) noexcept { return (word & kStates) == kAtSlot; }
  /// True where the worker has not moved since `seen`, at a slot, and now the slot is the caller's.
  [[nodiscard]] bool disown(u64 seen) noexcept {
    return word_.compare_exchange_strong(seen, (seen & ~kStates) | kDisowned,
                                         std::memory_order_acq_rel);
  }
  /// Of a worker that is disowned, or was at this slot a moment ago.
  [[nodiscard]] kernel::Claim claim() const noexcept {
    return {queue_.load(std::memory_order_relaxed), position_.load(std::memory_order_relaxed)};
  }
  /// Of the slot, from 1; 0 before its first.
  [[nodiscard]] u32 tile() const noexcept { return tile_.load(std::memory_order_relaxed); }

 private:
  static constexpr u64 kStates = 3;
  static constexpr u64 kIdle = 0;
  static constexpr u64 kAtSlot = 1;
  static constexpr u64 kDisowned = 2;

  static u64 next(u64 word, u64 state) noexcept { return (word & ~kStates) + kStates + 1 + state; }
  bool move_to(u64 state) noexcept {
    u64 seen = word_.load(std::memory_order_relaxed);
    return at_slot(seen) &&
           word_.compare_exchange_strong(seen, next(seen, state), std::memory_order_acq_rel);
  }

  /// A count in the upper bits, a state in the lower two.
  std::atomic<u64> word_{kIdle};
  std::atomic<u32> queue_{0};
  std::atomic<u32> position_{0};
  std::atomic<u32> tile_{0};
};

}  // namespace vyre::backend
