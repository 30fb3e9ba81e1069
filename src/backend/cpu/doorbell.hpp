#pragma once

#include <atomic>

#include "wire/platform.hpp"

namespace vyre::backend {

/// Where idle workers sleep. Thread-safe.
///
/// No ring is lost. A sleeper counts itself (a read-modify-write of `sleepers_`), then looks for
/// work, then sleeps unless `rings_` has moved since it began. A ringer has stored its work before,
/// then does a read-modify-write of `sleepers_`. The later of the two sees what the earlier stored:
/// the sleeper finds the work, or the ringer finds the sleeper and moves `rings_`.
class Doorbell {
 public:
  /// Wakes one sleeper, if any. One atomic operation where none sleeps.
  void ring() noexcept {
    if (sleepers_.fetch_add(0, std::memory_order_acq_rel) == 0) return;
    rings_.fetch_add(1, std::memory_order_release);
    rings_.notify_one();
  }

  void ring_all() noexcept {
    rings_.fetch_add(1, std::memory_order_release);
    rings_.notify_all();
  }

  /// Sleeps until a ring, unless `has_work()` is true; spurious returns happen.
  template <class Predicate>
  void wait(Predicate has_work) noexcept {
    const u32 seen = rings_.load(std::memory_order_acquire);
    sleepers_.fetch_add(1, std::memory_order_acq_rel);
    if (!has_work()) rings_.wait(seen, std::memory_order_acquire);
    sleepers_.fetch_sub(1, std::memory_order_acq_rel);
  }

 private:
  alignas(64) std::atomic<u32> sleepers_{0};
  alignas(64) std::atomic<u32> rings_{0};
};

}  // namespace vyre::backend
