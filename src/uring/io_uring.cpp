#include "uring/io_uring.hpp"

#include <fmt/format.h>
#include <sys/eventfd.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <thread>

#include "base/check.hpp"
#include "uring/refusal.hpp"

namespace vyre::uring {
namespace {

constexpr std::size_t kMaximumBuffer = std::size_t{1} << 30;

struct ProfileFlags {
  /// Without these the profile would be another one.
  u32 required;
  /// Left out where the kernel does not know them.
  u32 wanted;
};

ProfileFlags flags_of(const RingOptions& options) {
  // Each failing submission must complete by itself, without holding up those behind it.
  const u32 always = IORING_SETUP_SUBMIT_ALL |
                     (options.wide_entries ? IORING_SETUP_SQE128 | IORING_SETUP_CQE32 : 0u);
  // TASKRUN_FLAG makes deferred work visible in the ring, so that a poll knows when to enter.
  constexpr u32 kDeferred =
      IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
  switch (options.profile) {
    case Profile::kDefault:
      return {always, kDeferred};
    case Profile::kSqPoll:
      return {always | IORING_SETUP_SQPOLL, IORING_SETUP_SINGLE_ISSUER};
    case Profile::kIoPoll:
      return {always | IORING_SETUP_IOPOLL, IORING_SETUP_SINGLE_ISSUER};
  }
  return {always, 0};
}

}  // namespace

Result<std::unique_ptr<IoUring>> IoUring::create(const RingOptions& options) {
  std::unique_ptr<IoUring> made(new IoUring);
  if (auto status = made->open_ring(options); !status) return tl::unexpected(status.error());
  if (auto status = made->open_wake(); !status) return tl::unexpected(status.error());
  if (options.file_slots != 0) {
    if (auto status = made->register_file_table(options.file_slots); !status) {
      return tl::unexpected(status.error());
    }
  }
  return made;
}

Status IoUring::open_ring(const RingOptions& options) {
  const ProfileFlags flags = flags_of(options);
  int result = 0;
  io_uring_params params{};
  for (const u32 wanted : {flags.wanted, u32{0}}) {
    params = {};
    params.flags = flags.required | wanted;
    params.sq_thread_idle = kSqPollIdleMilliseconds;
    result = io_uring_queue_init_params(options.entries, &ring_, &params);
    if (result != -EINVAL) break;
  }
  if (result < 0) return tl::unexpected(setup_refused(-result));
  ring_open_ = true;
  if ((params.features & IORING_FEAT_NODROP) == 0 || (params.features & IORING_FEAT_EXT_ARG) == 0) {
    return tl::unexpected(
        unavailable("this kernel's io_uring may drop completions or lacks "
                    "timed waits",
                    "use Linux 6.1 or later"));
  }
  // Spares a descriptor lookup per system call; the ring works all the same without it.
  static_cast<void>(io_uring_register_ring_fd(&ring_));
  features_.single_issuer = (params.flags & IORING_SETUP_SINGLE_ISSUER) != 0;
  features_.defer_taskrun = (params.flags & IORING_SETUP_DEFER_TASKRUN) != 0;
  features_.sq_poll = (params.flags & IORING_SETUP_SQPOLL) != 0;
  features_.io_poll = (params.flags & IORING_SETUP_IOPOLL) != 0;
  features_.wide_entries = (params.flags & IORING_SETUP_SQE128) != 0;
  features_.submission_entries = params.sq_entries;
  features_.completion_entries = params.cq_entries;
  return {};
}

Status IoUring::open_wake() {
  // Not EFD_NONBLOCK: the ring's read of it is to wait, not to fail with EAGAIN.
  wake_ = base::OwnedFd(::eventfd(0, EFD_CLOEXEC));
  if (!wake_) return tl::unexpected(syscall_error("eventfd", errno, "raise `ulimit -n`"));
  return {};
}

Status IoUring::register_file_table(u32 wanted) {
  rlimit limit{};
  u32 entries = wanted;
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < entries) {
    entries = std::max<u32>(1, static_cast<u32>(limit.rlim_cur));
  }
  const int result = io_uring_register_files_sparse(&ring_, entries);
  if (result < 0) {
    return tl::unexpected(syscall_error(fmt::format("registering a table of {} files", entries),
                                        -result, "raise the limit on open files (`ulimit -n`)"));
  }
  features_.file_slots = entries;
  return {};
}

Status IoUring::register_buffer(memory::Region region) {
  VYRE_CHECK(!buffer_ && region);
  if (region.size() > kMaximumBuffer) {
    return tl::unexpected(
        invalid_argument(fmt::format("a buffer of {} bytes cannot be registered", region.size()),
                         fmt::format("register at most {} bytes per ring", kMaximumBuffer)));
  }
  const iovec vector{region.data(), region.size()};
  const int result = io_uring_register_buffers(&ring_, &vector, 1);
  if (result < 0) return tl::unexpected(buffer_refused(-result, region.size()));
  buffer_ = std::move(region);
  return {};
}

Status IoUring::set_file(FileIndex index, int descriptor) {
  const int result = io_uring_register_files_update(&ring_, index.value, &descriptor, 1);
  if (result == 1) return {};
  return tl::unexpected(syscall_error(fmt::format("registering file {} of the table", index.value),
                                      result < 0 ? -result : EINVAL));
}

Status IoUring::cancel_all() {
  if (auto status = submit(); !status) return status;
  // What the kernel's thread has not picked up yet could not be found.
  while (features_.sq_poll && io_uring_sq_ready(&ring_) != 0) {
    if (auto status = submit(); !status) return status;
    std::this_thread::yield();
  }
  io_uring_sync_cancel_reg request{};
  request.fd = -1;
  request.flags = IORING_ASYNC_CANCEL_ALL | IORING_ASYNC_CANCEL_ANY;
  const int result = io_uring_register_sync_cancel(&ring_, &request);
  // What cannot be cancelled (a transfer under way in a device) or is being cancelled completes
  // by itself.
  if (result >= 0 || result == -ENOENT || result == -EALREADY || result == -ETIME ||
      result == -EINTR) {
    return {};
  }
  return tl::unexpected(syscall_error("cancelling reads", -result));
}

void IoUring::drain_in_flight() noexcept {
  constexpr std::chrono::milliseconds kCancelAgainAfter{100};
  std::array<Completion, 64> dropped;
  while (in_flight_ != 0 || wake_armed_) {
    // The memory may not be released while the kernel can still write it, so a ring that can
    // neither be cancelled nor waited for leaves no way on.
    VYRE_CHECK(cancel_all().has_value());
    VYRE_CHECK(reap(dropped).has_value());
    if (in_flight_ == 0 && !wake_armed_) break;
    VYRE_CHECK(enter(1, kCancelAgainAfter).has_value());
  }
}

IoUring::~IoUring() {
  if (!ring_open_) return;
  drain_in_flight();
  io_uring_queue_exit(&ring_);
}

}  // namespace vyre::uring
