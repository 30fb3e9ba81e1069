#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "vyre/error.hpp"

namespace vyre::backend {

/// Calls a function once in each period, from a thread of its own, until it is destroyed.
class PeriodTimer {
 public:
  PeriodTimer() = default;
  ~PeriodTimer();
  PeriodTimer(const PeriodTimer&) = delete;
  PeriodTimer& operator=(const PeriodTimer&) = delete;

  /// Starts it, once; a no-op after that. Errors: Syscall where no thread starts. Thread-safe.
  Status start(std::chrono::nanoseconds period, std::function<void()> call);

 private:
  void run(std::chrono::nanoseconds period, const std::function<void()>& call);

  std::mutex mutex_;
  std::condition_variable stopped_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace vyre::backend
