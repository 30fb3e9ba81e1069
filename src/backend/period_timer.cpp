#include "backend/period_timer.hpp"

#include <system_error>
#include <utility>

namespace vyre::backend {

PeriodTimer::~PeriodTimer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  stopped_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Status PeriodTimer::start(std::chrono::nanoseconds period, std::function<void()> call) {
  const std::lock_guard lock(mutex_);
  if (thread_.joinable()) return {};
  try {
    thread_ = std::thread([this, period, call = std::move(call)] { run(period, call); });
  } catch (const std::system_error& error) {
    return tl::unexpected(syscall_error("start of the thread that begins periods",
                                        error.code().value(), "raise the thread limit"));
  }
  return {};
}

void PeriodTimer::run(std::chrono::nanoseconds period, const std::function<void()>& call) {
  auto next = std::chrono::steady_clock::now() + period;
  std::unique_lock lock(mutex_);
  while (!stopped_.wait_until(lock, next, [this] { return stop_; })) {
    next += period;
    lock.unlock();
    call();
    lock.lock();
  }
}

}  // namespace vyre::backend
