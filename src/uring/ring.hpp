#pragma once

#include <sys/uio.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

#include "nvme/read_command.hpp"
#include "nvme/status.hpp"
#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::uring {

/// Index into the ring's table of registered files.
struct FileIndex {
  u32 value;
};

enum class Operation : u8 {
  kRead,
  kReadVectored,
  /// Into memory that register_buffer() took.
  kReadFixed,
  /// Opens `path` into the file table at `file`, without a descriptor of the process.
  kOpenDirect,
  /// Empties the file table's entry `file`.
  kCloseDirect,
  /// Cancels the submission whose user data is `offset`, where that can still be done.
  kCancel,
  /// An NVMe read command to a namespace's character device `file`. Only where takes_commands().
  kNvmeRead,
  /// The same into memory that register_buffer() took.
  kNvmeReadFixed,
};

/// One operation to be queued. `address` (iovecs for kReadVectored, a path for kOpenDirect) must
/// stay valid until the operation's completion was reaped.
struct Submission {
  Operation operation;
  /// `file` is an index into the file table, not a descriptor. Implied by the direct operations.
  bool fixed_file = false;
  /// The next submission starts when this one has succeeded, and is dropped when it fails.
  bool link = false;
  /// No completion where the operation succeeds.
  bool skip_success = false;
  /// A read takes what is in the page cache and fails with EAGAIN where nothing is; a short one is
  /// not tried again inside the kernel. EOPNOTSUPP where the file system cannot tell.
  bool no_wait = false;
  int file = -1;
  /// In the file, bytes.
  u64 offset = 0;
  const void* address = nullptr;
  /// Bytes; iovecs for kReadVectored.
  u32 length = 0;
  /// open(2)'s flags, for kOpenDirect.
  int open_flags = 0;
  /// For kNvmeRead and kNvmeReadFixed, which use neither offset nor address and length: the
  /// command, copied by queue().
  const nvme::ReadCommand* command = nullptr;
  /// Handed back with the completion. The three highest bits are the ring's own and must be zero.
  u64 user_data = 0;
};

/// `result` is what the system call would have returned, an error as a negative errno; for a
/// command 0, which is no count of bytes, where the kernel took it.
struct Completion {
  u64 user_data = 0;
  std::int32_t result = 0;
  /// What the device said of a command that the kernel took; else success.
  nvme::DeviceStatus device_status = {};
};

/// What a driver asks of a ring: the seam at which tests inject completions. All calls but wake()
/// come from the one thread that made the ring.
///
/// Completions: a submission without `skip_success` has exactly one. One with it has one only where
/// it fails; of a linked pair whose first fails, the first alone completes.
class Ring {
 public:
  virtual ~Ring() = default;

  /// Submissions that can be queued before submit() must be called.
  [[nodiscard]] virtual u32 space() const noexcept = 0;
  /// Completions that the ring holds without the kernel's overflow list; keep fewer in flight.
  [[nodiscard]] virtual u32 completion_capacity() const noexcept = 0;
  /// Entries of the file table.
  [[nodiscard]] virtual u32 file_slots() const noexcept = 0;
  /// Entries are wide, so that NVMe commands can be queued.
  [[nodiscard]] virtual bool takes_commands() const noexcept = 0;
  /// Completions are polled from the device (IOPOLL): nothing but reads past the page cache and
  /// NVMe commands can be queued.
  [[nodiscard]] virtual bool polls() const noexcept = 0;

  /// Queues one operation; space() must not be 0. A linked pair must be queued within one space().
  virtual void queue(const Submission& submission) = 0;
  /// Hands everything queued to the kernel and lets it post what is complete. One system call.
  virtual Status submit() = 0;
  /// Submits, then sleeps until a completion is there, wake() is called or `timeout` has passed.
  virtual Status wait(std::chrono::nanoseconds timeout) = 0;
  /// Takes completions in the order in which the kernel posted them; returns how many.
  virtual Result<std::size_t> reap(std::span<Completion> completions) = 0;

  /// Puts a descriptor into the file table (the process may close its own afterwards), or empties
  /// the entry where `descriptor` is -1. One system call.
  virtual Status set_file(FileIndex index, int descriptor) = 0;
  /// Asks the kernel to cancel all that is in flight; each still completes, and is to be reaped.
  virtual Status cancel_all() = 0;
  /// Ends the wait() that is under way, or the next one. From any thread.
  virtual void wake() noexcept = 0;
};

}  // namespace vyre::uring
