#pragma once

#include <liburing.h>

#include <memory>

#include "base/owned_fd.hpp"
#include "memory/mapped_buffer.hpp"
#include "uring/ring.hpp"

namespace vyre::uring {

enum class Profile : u8 {
  /// One issuer; completions are worked off in that thread where the kernel can (6.1).
  kDefault,
  /// A kernel thread submits; it sleeps after 2000 ms without work.
  kSqPoll,
  /// Completions are polled from the device: O_DIRECT reads of devices with poll queues only.
  kIoPoll,
};

struct RingOptions {
  Profile profile = Profile::kDefault;
  /// Submission entries, 1 to 32768, rounded up to a power of two; completions have twice as many.
  u32 entries = 512;
  /// Entries wanted in the file table; clamped to the limit on open files. 0: no table. So many
  /// files can be in flight; measured, more of them only thrash the caches when all is warm.
  u32 file_slots = 64;
  /// 128-byte submissions and 32-byte completions, as NVMe commands need them; with any profile.
  bool wide_entries = false;
};

/// What the kernel granted, of what the options asked for.
struct RingFeatures {
  bool single_issuer = false;
  bool defer_taskrun = false;
  bool sq_poll = false;
  bool io_poll = false;
  bool wide_entries = false;
  /// Entries of the file table after clamping.
  u32 file_slots = 0;
  u32 submission_entries = 0;
  u32 completion_entries = 0;
};

/// Idle time after which SQPOLL's kernel thread sleeps.
inline constexpr u32 kSqPollIdleMilliseconds = 2000;

/// Owns one io_uring. Made, used and destroyed on one thread (wake() excepted). Destruction cancels
/// what is in flight and waits until all of it has completed, and only then lets the registered
/// buffer go.
class IoUring final : public Ring {
 public:
  /// Unavailable where the kernel, a seccomp filter or kernel.io_uring_disabled refuses; the error
  /// names the reason and the fix.
  static Result<std::unique_ptr<IoUring>> create(const RingOptions& options);
  ~IoUring() override;
  IoUring(const IoUring&) = delete;
  IoUring& operator=(const IoUring&) = delete;

  /// Registers `region` as fixed buffer 0, at most 1 GiB, once; it is held until the ring is gone.
  /// Unavailable where RLIMIT_MEMLOCK forbids it, with the bytes wanted and allowed.
  Status register_buffer(memory::Region region);

  [[nodiscard]] const RingFeatures& features() const noexcept { return features_; }
  /// Operations that have been queued and whose completion has not been reaped.
  [[nodiscard]] u64 in_flight() const noexcept { return in_flight_; }

  [[nodiscard]] u32 space() const noexcept override;
  [[nodiscard]] u32 completion_capacity() const noexcept override;
  [[nodiscard]] u32 file_slots() const noexcept override { return features_.file_slots; }
  [[nodiscard]] bool takes_commands() const noexcept override { return features_.wide_entries; }
  [[nodiscard]] bool polls() const noexcept override { return features_.io_poll; }
  void queue(const Submission& submission) override;
  Status submit() override;
  Status wait(std::chrono::nanoseconds timeout) override;
  Result<std::size_t> reap(std::span<Completion> completions) override;
  Status set_file(FileIndex index, int descriptor) override;
  Status cancel_all() override;
  void wake() noexcept override;
  /// The eventfd behind wake(): whoever adds to it wakes this ring. Closed with the ring.
  [[nodiscard]] int wake_descriptor() const noexcept { return wake_.get(); }

 private:
  IoUring() = default;
  Status open_ring(const RingOptions& options);
  Status open_wake();
  Status register_file_table(u32 wanted);
  Status arm_wake();
  Status enter(u32 wanted, std::chrono::nanoseconds timeout);
  Status wait_polled(std::chrono::nanoseconds timeout);
  void drain_in_flight() noexcept;

  io_uring ring_{};
  bool ring_open_ = false;
  RingFeatures features_;
  base::OwnedFd wake_;
  u64 wake_count_ = 0;
  bool wake_armed_ = false;
  u64 in_flight_ = 0;
  memory::Region buffer_;
};

}  // namespace vyre::uring
