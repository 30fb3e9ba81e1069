#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <mutex>

#include "wire/platform.hpp"

namespace vyre::backend {

/// Where a device's global timer stands on the host's steady clock. The device writes its time to
/// the host now and then; each look at that word gives what the offset is at most, too much by the
/// word's age. The least of the looks of the last tenths of a second is told: too much by the age
/// of the youngest word, some microseconds, and off by what the clocks drift apart in that time, a
/// few microseconds more. Thread-safe.
class DeviceClock {
 public:
  /// How long a look counts, once to twice.
  static constexpr u64 kWindowNanoseconds = 100'000'000;

  /// Forgets the looks at a kernel that has ended.
  void restart() {
    const std::lock_guard lock(mutex_);
    any_ = false;
    offset_.store(0, std::memory_order_relaxed);
  }

  /// The word was `device`, and the host's clock is now `host`. 0 is no time: the device has not
  /// written yet.
  void saw(u64 device, u64 host) {
    if (device == 0) return;
    const auto sample = static_cast<std::int64_t>(host - device);
    const std::lock_guard lock(mutex_);
    if (!any_) {
      before_ = now_ = sample;
      window_ = host;
      any_ = true;
    } else if (host - window_ >= kWindowNanoseconds) {
      before_ = now_;
      now_ = sample;
      window_ = host;
    } else {
      now_ = std::min(now_, sample);
    }
    offset_.store(std::min(before_, now_), std::memory_order_relaxed);
  }

  /// To be added to the device's nanoseconds; 0 before the first look.
  [[nodiscard]] std::int64_t offset() const noexcept {
    return offset_.load(std::memory_order_relaxed);
  }

 private:
  std::mutex mutex_;
  bool any_ = false;
  /// Of the window before this one, and of this one, which began at `window_`.
  std::int64_t before_ = 0;
  std::int64_t now_ = 0;
  u64 window_ = 0;
  std::atomic<std::int64_t> offset_{0};
};

}  // namespace vyre::backend
