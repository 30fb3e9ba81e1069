#pragma once

#include <liburing.h>
#include <linux/nvme_ioctl.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

// Commands as nobody checked them: what the kernel and a controller answer to each.
namespace vyre::vm {

inline constexpr unsigned kWide = IORING_SETUP_SQE128 | IORING_SETUP_CQE32;

/// A completion.
struct Answer {
  std::uint64_t user_data;
  std::int32_t result;
  /// DW0 of the controller's completion; 0 in a ring with narrow entries.
  std::uint64_t dword0;
};

/// How a command reaches the driver.
struct Passthrough {
  int file = -1;
  /// `file` is an index into the ring's table of files.
  bool fixed_file = false;
  /// The target lies in the registered buffer `buffer`.
  bool fixed_buffer = false;
  std::uint16_t buffer = 0;
  std::uint32_t operation = NVME_URING_CMD_IO;
  std::uint64_t user_data = 0;
};

/// A read of `blocks` blocks of 512 bytes from `lba` on, of namespace 1.
nvme_uring_cmd read_command(std::uint64_t lba, std::uint32_t blocks, const void* target);

/// A ring by liburing alone. Its destructor waits for what is in flight.
class RawRing {
 public:
  /// `flags`: IORING_SETUP_*. A test fails where the kernel refuses.
  explicit RawRing(unsigned flags, unsigned entries = 64);
  ~RawRing();
  RawRing(const RawRing&) = delete;
  RawRing& operator=(const RawRing&) = delete;

  /// 0, or the negative errno of the registration.
  int register_buffer(std::span<std::byte> bytes);
  int register_file(int descriptor);

  void queue(const nvme_uring_cmd& command, const Passthrough& way);
  /// A submission of any other kind, by liburing's io_uring_prep_*.
  void queue(const std::function<void(io_uring_sqe*)>& prepare);
  /// Submits all that is queued and takes its completions in the order in which they came; a test
  /// fails where one is not there after 30 s.
  std::vector<Answer> answers();
  /// One command, alone.
  std::int32_t answer(const nvme_uring_cmd& command, const Passthrough& way);

 private:
  std::optional<Answer> next_answer();

  io_uring ring_{};
  unsigned flags_;
  bool open_ = false;
  std::size_t in_flight_ = 0;
};

}  // namespace vyre::vm
