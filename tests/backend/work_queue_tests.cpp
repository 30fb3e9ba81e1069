#include <poll.h>
#include <unistd.h>

#include <thread>

#include "tests/backend/machine_test.hpp"

namespace vyre::backend {
namespace {

using wire::Opcode;
using wire::SlotStatus;

class WorkQueueTest : public MachineTest {};
using Fence = MachineTest;

TEST_F(WorkQueueTest, FillsThenRefusesUntilASlotIsReleased) {
  const auto kernel = make_machine(1, {.queue_capacity = 4}, false);
  WorkQueue& queue = kernel->queue(0);
  for (u32 i = 0; i < 4; ++i) {
    EXPECT_FALSE(queue.full());
    EXPECT_EQ(queue.publish(item(Opcode::kNop)).value(), i);
    EXPECT_EQ(queue.status(i), SlotStatus::kPublished);
  }
  EXPECT_TRUE(queue.full());
  const auto refused = queue.publish(item(Opcode::kNop));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kQueueFull);
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(wait_finished(queue, 0));
  // Finished, but not released.
  EXPECT_FALSE(queue.publish(item(Opcode::kNop)));
  queue.release(0);
  EXPECT_EQ(queue.publish(item(Opcode::kNop)).value(), 4u);
}

TEST_F(WorkQueueTest, RefusesReservedOpcodesAndForeignPrograms) {
  const auto kernel = make_machine(1, {}, false);
  WorkQueue& queue = kernel->queue(0);
  const u32 user = wire::kUserOpcodeBase;
  const u32 window = wire::kUserOpcodeWindow;
  const std::pair<u32, u32> refused[] = {
      {8, 0},        {0x3FFFFFFF, 0},        {0xFFFC, 0},
      {0xFFFF, 0},   {0x80000000, 0},        {0xFFFFFFFE, 0},
      {user, 1},     {user + window, 0},     {user + 2 * window - 1, 0},
      {user - 1, 0}, {0, wire::kMaxTenants}, {0, 0xFFFFFFFF}};
  for (const auto& [opcode, tenant] : refused) {
    const auto result = queue.publish({opcode, tenant, wire::Priority::kNormal, {}});
    ASSERT_FALSE(result) << opcode << " of tenant " << tenant;
    EXPECT_EQ(result.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_TRUE(queue.publish({user + window, 1, wire::Priority::kNormal, {}}));
  EXPECT_TRUE(queue.publish({user + window - 1, 0, wire::Priority::kNormal, {}}));
  EXPECT_EQ(queue.next_position(), 2u);
}

TEST_F(WorkQueueTest, ReleaseOfAnUnfinishedSlotIsAProgrammersFault) {
  const auto kernel = make_machine(1, {}, false);
  WorkQueue& queue = kernel->queue(0);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  EXPECT_DEATH(queue.release(position), "finished");
}

/// Sleeps as a producer does until the position is finished; false where it would sleep for good.
bool sleep_until_finished(const Megakernel& kernel, WorkQueue& queue, u32 position) {
  using std::chrono::nanoseconds;
  const nanoseconds interval = kernel.backend().poll_interval();
  const nanoseconds limit = interval.count() == 0 ? nanoseconds(patience()) : interval;
  const timespec timeout{limit.count() / 1'000'000'000, limit.count() % 1'000'000'000};
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (queue.park(position)) {
    pollfd wake{queue.wake_fd(), POLLIN, 0};
    const bool woken = ::ppoll(&wake, 1, &timeout, nullptr) == 1;
    // Where nobody wakes it, it looks for itself.
    if (woken != (interval.count() == 0)) return false;
    u64 count = 0;
    if (woken && ::read(queue.wake_fd(), &count, sizeof count) != sizeof count) return false;
    if (std::chrono::steady_clock::now() > deadline) return false;
  }
  return true;
}

// A lost wake-up on either side would hang: the workers sleep between slots, the producer on each.
TEST_F(WorkQueueTest, NoWakeUpIsLostInManySleepyRounds) {
  const auto kernel = make_machine(2, {.queue_capacity = 2});
  WorkQueue& queue = kernel->queue(0);
  for (u32 round = 0; round < 20000; ++round) {
    const u32 position = queue.publish(item(Opcode::kNop)).value();
    ASSERT_TRUE(sleep_until_finished(*kernel, queue, position)) << "round " << round;
    queue.release(position);
    if (round % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  EXPECT_EQ(kernel->done_count(), 20000u);
}

TEST_F(WorkQueueTest, EveryQueueIsServed) {
  const auto kernel = make_machine(2, {.queues = kernel::kMaxQueues, .queue_capacity = 2});
  ASSERT_EQ(kernel->queue_count(), kernel::kMaxQueues);
  for (u32 lap = 0; lap < 5; ++lap) {
    for (u32 i = 0; i < kernel::kMaxQueues; ++i) {
      ASSERT_TRUE(kernel->queue(i).publish(item(Opcode::kAtomicAdd, i % 30, {i, 1})));
    }
    for (u32 i = 0; i < kernel::kMaxQueues; ++i) {
      ASSERT_TRUE(wait_finished(kernel->queue(i), lap)) << "queue " << i;
      EXPECT_EQ(kernel->queue(i).slot(lap).arguments[0], lap) << "queue " << i;
      kernel->queue(i).release(lap);
    }
  }
}

TEST_F(WorkQueueTest, TheBiggestRingKeepsItsPlaces) {
  constexpr u32 kCapacity = 4096;
  const auto kernel = make_machine(2, {.queue_capacity = kCapacity, .window_words = kCapacity});
  WorkQueue& queue = kernel->queue(0);
  for (u32 i = 0; i < 3 * kCapacity; ++i) {
    if (queue.full()) {
      ASSERT_TRUE(wait_finished(queue, i - kCapacity));
      queue.release(i - kCapacity);
    }
    ASSERT_TRUE(queue.publish(item(Opcode::kAtomicAdd, 3, {i % kCapacity, i})));
  }
  for (u32 i = 2 * kCapacity; i < 3 * kCapacity; ++i) ASSERT_TRUE(wait_finished(queue, i));
  std::vector<u32> words(kCapacity);
  ASSERT_TRUE(kernel->read_window(3, 0, words));
  for (u32 i = 0; i < kCapacity; ++i) ASSERT_EQ(words[i], 3 * i + 3 * kCapacity) << i;
}

TEST_F(WorkQueueTest, MaskedTenantsWaitAndOthersPassThem) {
  const auto kernel = make_machine(1, {});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->hold(1));
  const u32 held = queue.publish(item(Opcode::kNop, 1)).value();
  const u32 free = queue.publish(item(Opcode::kNop, 2)).value();
  ASSERT_TRUE(wait_finished(queue, free));
  EXPECT_EQ(queue.status(held), SlotStatus::kPublished);
  ASSERT_TRUE(kernel->authorise(1));
  EXPECT_TRUE(wait_finished(queue, held));
  EXPECT_FALSE(kernel->authorise(wire::kMaxTenants));
}

TEST_F(Fence, WaitsForEarlierSlotsOfItsTenantOnly) {
  const auto kernel = make_machine(2, {});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->hold(2));
  const u32 other = queue.publish(item(Opcode::kNop, 2)).value();
  const u32 own = queue.publish(item(Opcode::kNop, 1)).value();
  const u32 fence = queue.publish(item(Opcode::kBatchFence, 1)).value();
  ASSERT_TRUE(wait_finished(queue, fence));
  EXPECT_TRUE(queue.finished(own));
  EXPECT_FALSE(queue.finished(other));
  EXPECT_EQ(kernel->epoch(), 1u);
  const u32 blocked = queue.publish(item(Opcode::kBatchFence, 2)).value();
  const u32 after = queue.publish(item(Opcode::kNop, 1)).value();
  ASSERT_TRUE(wait_finished(queue, after));
  EXPECT_FALSE(queue.finished(blocked));
  EXPECT_EQ(kernel->epoch(), 1u);
  ASSERT_TRUE(kernel->authorise(2));
  ASSERT_TRUE(wait_finished(queue, blocked));
  EXPECT_TRUE(queue.finished(other));
  EXPECT_EQ(kernel->epoch(), 2u);
}

TEST_F(Fence, ManyFencesOnOneWorkerDoNotDeadlock) {
  const auto kernel = make_machine(1, {.queue_capacity = 8}, false);
  WorkQueue& queue = kernel->queue(0);
  for (u32 i = 0; i < 8; ++i) ASSERT_TRUE(queue.publish(item(Opcode::kBatchFence, i % 2)));
  ASSERT_TRUE(kernel->launch());
  for (u32 i = 0; i < 8; ++i) EXPECT_TRUE(wait_finished(queue, i));
  EXPECT_EQ(kernel->epoch(), 8u);
}

// When a fence of a batch is DONE, all of the batch is: seen from the producer, with the slots
// reused all the time.
TEST_F(Fence, EpochNeverRunsAheadOfItsBatch) {
  const auto kernel = make_machine(3, {.queue_capacity = 8});
  WorkQueue& queue = kernel->queue(0);
  for (u32 batch = 0; batch < 3000; ++batch) {
    std::vector<u32> positions;
    for (u32 i = 0; i < 7; ++i) {
      positions.push_back(queue.publish(item(Opcode::kAtomicAdd, 0, {0, 1})).value());
    }
    const u32 fence = queue.publish(item(Opcode::kBatchFence)).value();
    ASSERT_TRUE(wait_finished(queue, fence));
    for (const u32 position : positions) ASSERT_TRUE(queue.finished(position)) << batch;
    ASSERT_EQ(kernel->epoch(), batch + 1);
    for (const u32 position : positions) queue.release(position);
    queue.release(fence);
  }
  EXPECT_EQ(run_slot(*kernel, item(Opcode::kLoadU32, 0, {0})).arguments[0], 21000u);
}

}  // namespace
}  // namespace vyre::backend
