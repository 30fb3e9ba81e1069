#include <algorithm>
#include <map>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

namespace vyre::backend {
namespace {

using wire::Opcode;
using wire::Priority;

constexpr Priority kAll[] = {Priority::kCritical, Priority::kHigh, Priority::kNormal,
                             Priority::kLow, Priority::kIdle};

WorkItem counting(Priority priority) {
  WorkItem work = item(Opcode::kAtomicAdd, 0, {0, 1});
  work.priority = priority;
  return work;
}

using Priorities = MachineTest;

TEST_F(Priorities, EachRunsAloneAndIsCounted) {
  const auto kernel = make_machine(2, {.queues = 2});
  for (const Priority priority : kAll) {
    EXPECT_TRUE(is_done(run_slot(*kernel, counting(priority), 1)));
  }
  ASSERT_TRUE(kernel->quiesce());
  for (const u32 claimed : kernel->metrics().by_priority) EXPECT_EQ(claimed, 1u);
}

TEST_F(Priorities, UnknownOnesAreRefused) {
  const auto kernel = make_machine(1, {});
  EXPECT_FALSE(kernel->queue(0).publish(counting(static_cast<Priority>(5))));
}

// Who waits for his turn in an urgent band and who has his in another must not wait for each other.
TEST_F(Priorities, TurnsInAnUrgentBandDoNotStopALessUrgentOne) {
  const VerifiedProgram halt = verify(assemble(" halt\n").value()).value();
  for (u32 round = 0; round < 10; ++round) {
    const auto kernel =
        Megakernel::create(make_test_backend(2), {.queue_capacity = 64, .tenants = 0}).value();
    const TextBuffer text(*kernel, "text");
    Region region = kernel->add_region(text.bytes(), 64, 0).value();
    WorkQueue& queue = kernel->queue(0);
    u32 opcodes[2];
    for (const u32 tenant : {0u, 1u}) {
      ASSERT_EQ(kernel->register_tenant().value(), tenant);
      opcodes[tenant] = kernel->load(halt, tenant).value();
    }
    ASSERT_TRUE(kernel->authorise(0));
    ASSERT_TRUE(kernel->launch());
    // On a device its idle workers wait for anybody's jobs by then.
    ASSERT_TRUE(kernel->authorise(1));
    for (u32 i = 0; i < 40; ++i) {
      const u32 tenant = i % 10 == 9 ? 1 : 0;
      WorkItem work = chunk_item(opcodes[tenant], region, 4, i, tenant);
      work.priority = tenant == 0 ? Priority::kCritical : Priority::kNormal;
      ASSERT_TRUE(queue.publish(work));
    }
    for (u32 position = 0; position < 40; ++position) {
      ASSERT_TRUE(wait_finished(queue, position)) << "round " << round;
      queue.release(position);
    }
    ASSERT_TRUE(kernel->shutdown());
  }
}

TEST_F(Priorities, AFullBandLeavesTheOthersRoom) {
  const auto kernel = make_machine(1, {.queue_capacity = 4}, false);
  WorkQueue& queue = kernel->queue(0);
  for (u32 i = 0; i < 4; ++i) ASSERT_TRUE(queue.publish(counting(Priority::kIdle)));
  EXPECT_TRUE(queue.full(Priority::kIdle));
  EXPECT_FALSE(queue.publish(counting(Priority::kIdle)));
  for (const Priority priority : kAll) EXPECT_EQ(queue.full(priority), priority == Priority::kIdle);
  const u32 urgent = queue.publish(counting(Priority::kCritical)).value();
  EXPECT_EQ(urgent, 4u);
  ASSERT_TRUE(kernel->launch());
  for (u32 position = 0; position <= urgent; ++position) {
    ASSERT_TRUE(wait_finished(queue, position));
    queue.release(position);
  }
}

// Positions go on though one slot of an idle band is never taken back.
TEST_F(Priorities, APositionThatIsHeldForLongIsNeverConfused) {
  const auto kernel = make_machine(1, {.queue_capacity = 2}, true);
  WorkQueue& queue = kernel->queue(0);
  const u32 held = queue.publish(counting(Priority::kIdle)).value();
  ASSERT_TRUE(wait_finished(queue, held));
  u32 published = 0;
  while (!queue.full()) {
    const u32 position = queue.publish(counting(Priority::kNormal)).value();
    ASSERT_TRUE(wait_finished(queue, position));
    queue.release(position);
    ASSERT_LT(++published, 1000u);
  }
  EXPECT_GT(published, 2u);
  EXPECT_EQ(queue.slot(held).arguments[0], 0u);
  queue.release(held);
  EXPECT_FALSE(queue.full());
  EXPECT_TRUE(is_done(run_slot(*kernel, counting(Priority::kNormal))));
}

/// When each priority's slots ran, where all were published before any could.
std::map<Priority, std::vector<u32>> run_all_at_once(Megakernel& kernel, u32 each) {
  WorkQueue& queue = kernel.queue(0);
  std::map<Priority, std::vector<u32>> order;
  std::map<Priority, std::vector<u32>> positions;
  for (u32 i = 0; i < each; ++i) {
    for (auto priority = std::rbegin(kAll); priority != std::rend(kAll); ++priority) {
      positions[*priority].push_back(queue.publish(counting(*priority)).value());
    }
  }
  EXPECT_TRUE(kernel.launch());
  for (const auto& [priority, places] : positions) {
    for (const u32 position : places) {
      EXPECT_TRUE(wait_finished(queue, position));
      order[priority].push_back(queue.slot(position).arguments[0]);
      queue.release(position);
    }
  }
  return order;
}

double mean(const std::vector<u32>& values) {
  double sum = 0;
  for (const u32 value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

TEST_F(Priorities, TheMoreUrgentOvertake) {
  const auto kernel = make_machine(1, {.queue_capacity = 512}, false);
  const auto order = run_all_at_once(*kernel, 400);
  // Not of neighbours: a device's servers go through the bands each by itself.
  for (u32 i = 0; i + 2 < std::size(kAll); ++i) {
    EXPECT_LT(mean(order.at(kAll[i])), mean(order.at(kAll[i + 2]))) << "priority " << i;
  }
}

// A producer that never lets the critical band run empty does not hold up an idle slot for ever.
TEST_F(Priorities, NothingStarves) {
  const auto kernel = make_machine(1, {.queue_capacity = 64}, false);
  WorkQueue& queue = kernel->queue(0);
  std::vector<u32> urgent;
  while (!queue.full(Priority::kCritical)) {
    urgent.push_back(queue.publish(counting(Priority::kCritical)).value());
  }
  const u32 idle = queue.publish(counting(Priority::kIdle)).value();
  ASSERT_TRUE(kernel->launch());
  const auto deadline = std::chrono::steady_clock::now() + patience();
  u64 overtaken = urgent.size();
  for (std::size_t next = 0; !queue.finished(idle); ++next) {
    ASSERT_TRUE(wait_finished(queue, urgent[next]));
    queue.release(urgent[next]);
    urgent.push_back(queue.publish(counting(Priority::kCritical)).value());
    ++overtaken;
    ASSERT_LT(std::chrono::steady_clock::now(), deadline) << overtaken;
  }
}

TEST_F(Priorities, AFenceWaitsForItsTenantsSlotsOfAllPriorities) {
  const auto kernel = make_machine(2, {.queue_capacity = 8});
  WorkQueue& queue = kernel->queue(0);
  for (const Priority of_fence : kAll) {
    ASSERT_TRUE(kernel->hold(1));
    std::vector<u32> before;
    for (const Priority priority : kAll) {
      WorkItem work = counting(priority);
      work.tenant = 1;
      before.push_back(queue.publish(work).value());
    }
    WorkItem fence = item(Opcode::kBatchFence, 1);
    fence.priority = of_fence;
    const u32 position = queue.publish(fence).value();
    WorkItem other = item(Opcode::kBatchFence, 2);
    other.priority = of_fence;
    EXPECT_TRUE(is_done(run_slot(*kernel, other)));
    EXPECT_FALSE(queue.finished(position));
    ASSERT_TRUE(kernel->authorise(1));
    ASSERT_TRUE(wait_finished(queue, position));
    for (const u32 earlier : before) {
      EXPECT_TRUE(queue.finished(earlier));
      queue.release(earlier);
    }
    queue.release(position);
  }
  EXPECT_EQ(kernel->tenant_metrics(1)->epoch, std::size(kAll));
}

// What comes after a fence does not hold it up, however urgent.
TEST_F(Priorities, AFenceDoesNotWaitForLaterSlots) {
  const auto kernel = make_machine(1, {.queue_capacity = 8});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->hold(1));
  WorkItem fence = item(Opcode::kBatchFence, 2);
  fence.priority = Priority::kIdle;
  WorkItem later = item(Opcode::kNop, 1);
  later.priority = Priority::kCritical;
  const u32 position = queue.publish(fence).value();
  ASSERT_TRUE(queue.publish(later));
  EXPECT_TRUE(wait_finished(queue, position));
}

}  // namespace
}  // namespace vyre::backend
