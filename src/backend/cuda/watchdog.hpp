#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "backend/cuda/device/device_state.hpp"
#include "backend/cuda/device_clock.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// One look at what the dispatcher says of its clock.
void look_at_clock(const device::DispatcherJournal& journal, DeviceClock& clock);

/// Watches a persistent kernel from a thread of its own, some hundred times a second: whether the
/// device still runs it, and whether each worker gets on. Cost to the kernel: none beyond the
/// journals that it writes.
class Watchdog {
 public:
  struct Options {
    int device = 0;
    /// cudaStream_t, each with one of the kernels.
    void* dispatcher_stream = nullptr;
    void* worker_stream = nullptr;
    /// Written by the device, read here.
    const device::DispatcherJournal* dispatcher = nullptr;
    std::span<const device::WorkerJournal> workers = {};
    std::chrono::nanoseconds hang_after{};
    /// Told what the dispatcher says of its clock.
    DeviceClock* clock = nullptr;
    /// Called once, when the first failure is reported.
    std::function<void()> on_fault = {};
  };

  Watchdog() = default;
  ~Watchdog();
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  /// Begins to watch kernels that have just been launched, of the same device each time. Errors:
  /// Syscall where no thread starts.
  Status start(const Options& options);
  /// Ends watching; what was found stays. The thread waits for the next start, since to make and to
  /// end one takes as long as to stop a kernel. Cost: a look under way is waited for.
  void stop();

  /// What broke, sticky: DeviceFault that names the slots under way. Thread-safe; one load where
  /// all is well.
  [[nodiscard]] std::optional<Error> fault() const;
  /// Reports a failure that somebody else has met; the first stays. Thread-safe.
  void report(Error error);

 private:
  struct Seen {
    device::WorkerJournal journal{};
    std::chrono::steady_clock::time_point since;
  };

  void watch(int device);
  void look_on(std::unique_lock<std::mutex>& lock);
  [[nodiscard]] std::optional<Error> look();
  [[nodiscard]] std::optional<Error> look_at_streams() const;
  [[nodiscard]] std::optional<Error> look_at_workers();
  [[nodiscard]] std::optional<Error> look_at_dispatcher();
  [[nodiscard]] std::string slots_under_way() const;

  Options options_;
  std::vector<Seen> seen_;
  u32 dispatcher_beat_ = 0;
  std::chrono::steady_clock::time_point dispatcher_since_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  /// Between start() and stop().
  bool watching_ = false;
  /// `options_` and what was seen are the thread's; else they may be written.
  bool looking_ = false;
  /// The thread is to leave.
  bool ends_ = false;
  std::atomic<bool> broken_{false};
  std::optional<Error> fault_;
  std::thread thread_;
};

}  // namespace vyre::backend
