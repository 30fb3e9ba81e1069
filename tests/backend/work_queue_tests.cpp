#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include "backend/work_queue.hpp"
#include "tests/backend/machine.hpp"

namespace vyre::backend {
namespace {

using wire::Opcode;
using wire::SlotStatus;

TEST(WorkQueue, FillsThenRefusesUntilASlotIsReleased) {
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

TEST(WorkQueue, RefusesReservedOpcodesAndForeignPrograms) {
  const auto kernel = make_machine(1, {}, false);
  WorkQueue& queue = kernel->queue(0);
  const u32 user = wire::kUserOpcodeBase;
  const u32 window = wire::kUserOpcodeWindow;
  const std::pair<u32, u32> refused[] = {
      {8, 0},        {0x3FFFFFFF, 0},        {0xFFFD, 0},
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

TEST(WorkQueue, ReleaseOfAnUnfinishedSlotIsAProgrammersFault) {
  const auto kernel = make_machine(1, {}, false);
  WorkQueue& queue = kernel->queue(0);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  EXPECT_DEATH(queue.release(position), "finished");
}

bool readable(int fd, int timeout_ms) {
  pollfd poll_fd{fd, POLLIN, 0};
  return ::poll(&poll_fd, 1, timeout_ms) == 1;
}

void drain(int fd) {
  u64 count = 0;
  ASSERT_EQ(::read(fd, &count, sizeof count), static_cast<ssize_t>(sizeof count));
}

TEST(WorkQueue, ParkWakesThroughTheEventfd) {
  const auto kernel = make_machine(2, {.queues = 2}, false);
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

TEST(WorkQueue, NobodyWritesTheEventfdOfAProducerThatIsAwake) {
  const auto kernel = make_machine(1, {});
  WorkQueue& queue = kernel->queue(0);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  ASSERT_TRUE(wait_finished(queue, position));
  ASSERT_TRUE(kernel->quiesce());
  EXPECT_FALSE(readable(queue.wake_fd(), 0));
}

// A lost wake-up on either side would hang: the workers sleep between slots, the producer on each.
TEST(WorkQueue, NoWakeUpIsLostInManySleepyRounds) {
  const auto kernel = make_machine(2, {.queue_capacity = 2});
  WorkQueue& queue = kernel->queue(0);
  for (u32 round = 0; round < 20000; ++round) {
    const u32 position = queue.publish(item(Opcode::kNop)).value();
    while (queue.park(position)) {
      ASSERT_TRUE(readable(queue.wake_fd(), 60000)) << "round " << round;
      drain(queue.wake_fd());
    }
    queue.release(position);
    if (round % 64 == 0) std::this_thread::sleep_for(std::chrono::microseconds(50));
  }
  EXPECT_EQ(kernel->done_count(), 20000u);
}

TEST(WorkQueue, MaskedTenantsWaitAndOthersPassThem) {
  const auto kernel = make_machine(1, {});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->set_tenant_enabled(1, false));
  const u32 held = queue.publish(item(Opcode::kNop, 1)).value();
  const u32 free = queue.publish(item(Opcode::kNop, 2)).value();
  ASSERT_TRUE(wait_finished(queue, free));
  EXPECT_EQ(queue.status(held), SlotStatus::kPublished);
  ASSERT_TRUE(kernel->set_tenant_enabled(1, true));
  EXPECT_TRUE(wait_finished(queue, held));
  EXPECT_FALSE(kernel->set_tenant_enabled(wire::kMaxTenants, true));
}

TEST(Fence, WaitsForEarlierSlotsOfItsTenantOnly) {
  const auto kernel = make_machine(2, {});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->set_tenant_enabled(2, false));
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
  ASSERT_TRUE(kernel->set_tenant_enabled(2, true));
  ASSERT_TRUE(wait_finished(queue, blocked));
  EXPECT_TRUE(queue.finished(other));
  EXPECT_EQ(kernel->epoch(), 2u);
}

TEST(Fence, ManyFencesOnOneWorkerDoNotDeadlock) {
  const auto kernel = make_machine(1, {.queue_capacity = 8}, false);
  WorkQueue& queue = kernel->queue(0);
  for (u32 i = 0; i < 8; ++i) ASSERT_TRUE(queue.publish(item(Opcode::kBatchFence, i % 2)));
  ASSERT_TRUE(kernel->launch());
  for (u32 i = 0; i < 8; ++i) EXPECT_TRUE(wait_finished(queue, i));
  EXPECT_EQ(kernel->epoch(), 8u);
}

// When a fence of a batch is DONE, all of the batch is: seen from the producer, with the slots
// reused all the time.
TEST(Fence, EpochNeverRunsAheadOfItsBatch) {
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
