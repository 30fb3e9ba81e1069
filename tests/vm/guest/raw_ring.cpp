#include "tests/vm/guest/raw_ring.hpp"

#include <gtest/gtest.h>

#include <chrono>
#include <cstring>

namespace vyre::vm {
namespace {

constexpr std::uint8_t kReadOpcode = 2;
constexpr std::size_t kCommandOffset = offsetof(io_uring_sqe, cmd);

}  // namespace

nvme_uring_cmd read_command(std::uint64_t lba, std::uint32_t blocks, const void* target) {
  nvme_uring_cmd command{};
  command.opcode = kReadOpcode;
  command.nsid = 1;
  command.addr = reinterpret_cast<std::uint64_t>(target);
  command.data_len = blocks * 512;
  command.cdw10 = static_cast<std::uint32_t>(lba);
  command.cdw11 = static_cast<std::uint32_t>(lba >> 32);
  command.cdw12 = blocks - 1;
  return command;
}

RawRing::RawRing(unsigned flags, unsigned entries) : flags_(flags) {
  const int refused = io_uring_queue_init(entries, &ring_, flags);
  EXPECT_EQ(refused, 0) << std::strerror(-refused);
  open_ = refused == 0;
}

RawRing::~RawRing() {
  while (in_flight_ != 0 && next_answer()) {
  }
  if (open_) {
    io_uring_queue_exit(&ring_);
  }
}

int RawRing::register_buffer(std::span<std::byte> bytes) {
  const iovec region{bytes.data(), bytes.size()};
  return io_uring_register_buffers(&ring_, &region, 1);
}

int RawRing::register_file(int descriptor) {
  return io_uring_register_files(&ring_, &descriptor, 1);
}

void RawRing::queue(const nvme_uring_cmd& command, const Passthrough& way) {
  queue([&](io_uring_sqe* sqe) {
    std::memset(sqe, 0, kCommandOffset);
    sqe->opcode = IORING_OP_URING_CMD;
    sqe->flags = way.fixed_file ? std::uint8_t{IOSQE_FIXED_FILE} : std::uint8_t{0};
    sqe->fd = way.file;
    sqe->cmd_op = way.operation;
    sqe->rw_flags = way.fixed_buffer ? static_cast<int>(IORING_URING_CMD_FIXED) : 0;
    sqe->buf_index = way.buffer;
    sqe->user_data = way.user_data;
    // Half of the command lies behind a narrow entry, which has no place for it.
    const std::size_t room = ((flags_ & IORING_SETUP_SQE128) != 0 ? 128 : 64) - kCommandOffset;
    std::memcpy(reinterpret_cast<std::byte*>(sqe) + kCommandOffset, &command,
                std::min(room, sizeof command));
  });
}

void RawRing::queue(const std::function<void(io_uring_sqe*)>& prepare) {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring_);
  ASSERT_NE(sqe, nullptr);
  prepare(sqe);
  ++in_flight_;
}

std::optional<Answer> RawRing::next_answer() {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  io_uring_cqe* cqe = nullptr;
  int failed = -ETIME;
  // A wait in a ring that polls ends early.
  while (failed == -ETIME && std::chrono::steady_clock::now() < deadline) {
    __kernel_timespec limit{.tv_sec = 1, .tv_nsec = 0};
    failed = io_uring_wait_cqe_timeout(&ring_, &cqe, &limit);
  }
  EXPECT_EQ(failed, 0) << std::strerror(-failed) << ", " << in_flight_ << " in flight";
  if (failed != 0) {
    return std::nullopt;
  }
  Answer answer{cqe->user_data, cqe->res, 0};
  if ((flags_ & IORING_SETUP_CQE32) != 0) {
    std::memcpy(&answer.dword0, cqe + 1, sizeof answer.dword0);
  }
  io_uring_cqe_seen(&ring_, cqe);
  --in_flight_;
  return answer;
}

std::vector<Answer> RawRing::answers() {
  const int submitted = io_uring_submit(&ring_);
  EXPECT_GE(submitted, 0) << std::strerror(-submitted);
  std::vector<Answer> found;
  while (in_flight_ != 0) {
    auto answer = next_answer();
    if (!answer) {
      break;
    }
    found.push_back(*answer);
  }
  return found;
}

std::int32_t RawRing::answer(const nvme_uring_cmd& command, const Passthrough& way) {
  queue(command, way);
  const auto found = answers();
  EXPECT_EQ(found.size(), 1U);
  return found.empty() ? INT32_MAX : found.front().result;
}

}  // namespace vyre::vm
