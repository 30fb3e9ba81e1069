#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "base/check.hpp"
#include "uring/io_uring.hpp"
#include "uring/prepare.hpp"

namespace vyre::uring {
namespace {

// The ring's own bits of the user data.
constexpr u64 kWakeBit = u64{1} << 63;
// Set where success is silent and nothing is linked: a completion of it was not counted on.
constexpr u64 kUncountedBit = u64{1} << 62;
// A command's completion means another thing than that of a system call.
constexpr u64 kCommandBit = u64{1} << 61;
constexpr u64 kOwnBits = kWakeBit | kUncountedBit | kCommandBit;

bool worth_another_try(int result) {
  return result == -EINTR || result == -EAGAIN || result == -EBUSY;
}

Completion completion_of(const io_uring_cqe& entry) {
  Completion made{.user_data = entry.user_data & ~kOwnBits, .result = entry.res};
  if ((entry.user_data & kCommandBit) != 0 && entry.res > 0) {
    made.result = 0;
    made.device_status = nvme::DeviceStatus(static_cast<u16>(entry.res));
  }
  return made;
}

__kernel_timespec to_timespec(std::chrono::nanoseconds timeout) {
  const auto count = std::max<std::int64_t>(timeout.count(), 0);
  return {count / 1'000'000'000, count % 1'000'000'000};
}

}  // namespace

u32 IoUring::space() const noexcept { return io_uring_sq_space_left(&ring_); }

u32 IoUring::completion_capacity() const noexcept { return features_.completion_entries; }

void IoUring::queue(const Submission& submission) {
  VYRE_CHECK((submission.user_data & kOwnBits) == 0);
  VYRE_CHECK(!is_command(submission.operation) || features_.wide_entries);
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
  VYRE_CHECK(sqe != nullptr);
  prepare(sqe, submission);
  sqe->user_data = submission.user_data | (is_command(submission.operation) ? kCommandBit : 0);
  if (submission.link) sqe->flags |= IOSQE_IO_LINK;
  if (!submission.skip_success) {
    ++in_flight_;
    return;
  }
  sqe->flags |= IOSQE_CQE_SKIP_SUCCESS;
  // A failing head of a chain completes in place of its successor, which is counted.
  if (!submission.link) sqe->user_data |= kUncountedBit;
}

Status IoUring::submit() {
  // GETEVENTS lets the kernel run deferred work and flush its overflow list in the same call.
  for (int attempt = 0; attempt < 3; ++attempt) {
    const int result = io_uring_submit_and_get_events(&ring_);
    if (result < 0 && !worth_another_try(result)) {
      return tl::unexpected(syscall_error("io_uring_enter", -result));
    }
    // With EBUSY completions must be reaped first; what is queued stays so until the next call.
    if (result == -EBUSY || io_uring_sq_ready(&ring_) == 0) break;
    if (features_.sq_poll) {
      if (space() == 0) io_uring_sqring_wait(&ring_);
      break;
    }
  }
  return {};
}

Status IoUring::enter(u32 wanted, std::chrono::nanoseconds timeout) {
  __kernel_timespec time = to_timespec(timeout);
  io_uring_cqe* completion = nullptr;
  const int result = io_uring_submit_and_wait_timeout(&ring_, &completion, wanted, &time, nullptr);
  if (result >= 0 || result == -ETIME || worth_another_try(result)) return {};
  return tl::unexpected(syscall_error("io_uring_enter", -result));
}

Status IoUring::arm_wake() {
  if (wake_armed_) return {};
  if (space() == 0) {
    if (auto status = submit(); !status) return status;
    if (space() == 0) return {};
  }
  io_uring_sqe* const sqe = io_uring_get_sqe(&ring_);
  io_uring_prep_read(sqe, wake_.get(), &wake_count_, sizeof wake_count_, 0);
  sqe->user_data = kWakeBit;
  wake_armed_ = true;
  return {};
}

Status IoUring::wait_polled(std::chrono::nanoseconds timeout) {
  if (auto status = submit(); !status) return status;
  if (io_uring_cq_ready(&ring_) != 0) return {};
  // Polled completions are only seen by entering; without any in flight a wake is all there is.
  if (in_flight_ != 0) return enter(1, timeout);
  pollfd descriptor{wake_.get(), POLLIN, 0};
  const __kernel_timespec time = to_timespec(timeout);
  const timespec limit{static_cast<time_t>(time.tv_sec), static_cast<long>(time.tv_nsec)};
  if (::ppoll(&descriptor, 1, &limit, nullptr) == 1) {
    if (::read(wake_.get(), &wake_count_, sizeof wake_count_) < 0) {
      return tl::unexpected(syscall_error("read of the wake descriptor", errno));
    }
  }
  return {};
}

Status IoUring::wait(std::chrono::nanoseconds timeout) {
  // A ring with IOPOLL takes no reads but polled ones, so its wake cannot be one.
  if (features_.io_poll) return wait_polled(timeout);
  if (io_uring_cq_ready(&ring_) != 0) return submit();
  if (auto status = arm_wake(); !status) return status;
  return enter(1, timeout);
}

Result<std::size_t> IoUring::reap(std::span<Completion> completions) {
  if (const u32 dropped = IO_URING_READ_ONCE(*ring_.cq.koverflow); dropped != 0) {
    return tl::unexpected(Error{
        ErrorCode::kSyscall, ENOMEM,
        "the kernel had no memory for " + std::to_string(dropped) + " completions and dropped them",
        "free memory"});
  }
  if (features_.io_poll && in_flight_ != 0) io_uring_get_events(&ring_);
  std::array<io_uring_cqe*, 64> batch;
  std::size_t count = 0;
  while (count < completions.size()) {
    const auto room = static_cast<u32>(std::min(completions.size() - count, batch.size()));
    const u32 ready = io_uring_peek_batch_cqe(&ring_, batch.data(), room);
    if (ready == 0) break;
    for (u32 i = 0; i < ready; ++i) {
      const u64 user_data = batch[i]->user_data;
      if (user_data == kWakeBit) {
        wake_armed_ = false;
        continue;
      }
      if ((user_data & kUncountedBit) == 0) {
        VYRE_CHECK(in_flight_ != 0);
        --in_flight_;
      }
      completions[count++] = completion_of(*batch[i]);
    }
    io_uring_cq_advance(&ring_, ready);
  }
  return count;
}

void IoUring::wake() noexcept {
  const u64 one = 1;
  // Fails only where 2^64 - 2 wakes are pending, and then one is.
  static_cast<void>(!::write(wake_.get(), &one, sizeof one));
}

}  // namespace vyre::uring
