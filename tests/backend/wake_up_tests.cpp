#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "backend/cpu/cpu_backend.hpp"
#include "tests/backend/machine.hpp"

// CPU workers write the eventfd of a producer that sleeps.
namespace vyre::backend {
namespace {

using wire::Opcode;

bool readable(int fd, int timeout_ms) {
  pollfd poll_fd{fd, POLLIN, 0};
  return ::poll(&poll_fd, 1, timeout_ms) == 1;
}

void drain(int fd) {
  u64 count = 0;
  ASSERT_EQ(::read(fd, &count, sizeof count), static_cast<ssize_t>(sizeof count));
}

TEST(WakeUp, ParkWakesThroughTheEventfd) {
  const auto kernel = make_machine(2, {.queues = 2}, false);
  ASSERT_EQ(kernel->backend().poll_interval().count(), 0);
  WorkQueue& queue = kernel->queue(1);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  ASSERT_TRUE(queue.park(position));
  EXPECT_FALSE(readable(queue.wake_fd(), 0));
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(readable(queue.wake_fd(), 60000));
  drain(queue.wake_fd());
  EXPECT_TRUE(queue.finished(position));
  EXPECT_FALSE(queue.park(position));
  EXPECT_FALSE(readable(queue.wake_fd(), 0));
}

TEST(WakeUp, NobodyWritesTheEventfdOfAProducerThatIsAwake) {
  const auto kernel = make_machine(1, {});
  WorkQueue& queue = kernel->queue(0);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  ASSERT_TRUE(wait_finished(queue, position));
  ASSERT_TRUE(kernel->quiesce());
  EXPECT_FALSE(readable(queue.wake_fd(), 0));
}

TEST(CpuBackend, RefusesNumbersOfWorkersOutOfRange) {
  EXPECT_FALSE(make_cpu_backend({0}));
  EXPECT_FALSE(make_cpu_backend({1025}));
}

}  // namespace
}  // namespace vyre::backend
