#pragma once

#include <atomic>
#include <future>
#include <memory>
#include <thread>

#include "backend/megakernel.hpp"
#include "base/owned_fd.hpp"
#include "runtime/io_loop.hpp"
#include "uring/io_uring.hpp"

namespace vyre::runtime {

/// The host thread that brings programs the bytes they ask for, with a ring of its own: a ring
/// thread that waits for its consumer must not hold up the programs of all.
class IoServer {
 public:
  /// Only while no worker runs. `resources`, `cancelled` and `observer`, which may be null, outlive
  /// the server. Errors: Unavailable where there can be no ring; Syscall.
  static Result<std::unique_ptr<IoServer>> start(backend::Megakernel& megakernel,
                                                 const IoResources& resources,
                                                 const std::atomic<bool>& cancelled,
                                                 LoadObserver* observer);
  /// Stops the workers (Megakernel::quiesce), cancels what is under way and returns when nothing
  /// is.
  ~IoServer();
  IoServer(const IoServer&) = delete;
  IoServer& operator=(const IoServer&) = delete;

  /// Programs that load are about to run, or have ended: where workers cannot wake the server
  /// (Backend::poll_interval), it looks for requests only in between. Calls may overlap.
  void expect_requests() noexcept;
  void expect_none() noexcept;
  /// Makes it look at `cancelled`. Thread-safe and async-signal-safe.
  void wake() noexcept;
  [[nodiscard]] const IoCounters& counters() const noexcept { return counters_; }

 private:
  IoServer(backend::Megakernel& megakernel, const IoResources& resources,
           const std::atomic<bool>& cancelled, LoadObserver* observer)
      : megakernel_(megakernel),
        resources_(resources),
        cancelled_(cancelled),
        observer_(observer) {}
  Status open();
  void main(std::promise<Status> opened);
  Status serve(IoLoop& loop);
  void refuse_all(IoLoop& loop, const Error& error);
  [[nodiscard]] std::chrono::nanoseconds longest_sleep() const;

  backend::Megakernel& megakernel_;
  const IoResources& resources_;
  const std::atomic<bool>& cancelled_;
  LoadObserver* const observer_;
  IoCounters counters_;
  std::atomic<bool> stop_{false};
  std::atomic<int> expected_{0};
  /// The serving thread's.
  std::unique_ptr<uring::IoUring> ring_;
  /// Wakes it; outlives a ring that breaks.
  base::OwnedFd wake_;
  std::thread thread_;
};

}  // namespace vyre::runtime
