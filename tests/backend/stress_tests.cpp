#include <array>
#include <atomic>
#include <random>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"

namespace vyre::backend {
namespace {

using wire::Opcode;
using Stress = MachineTest;

/// Publishes `slots` additions to one word, keeping the ring as full as it gets.
void produce(WorkQueue& queue, u32 slots, std::atomic<u32>& failures) {
  u32 next_release = 0;
  for (u32 published = 0; published < slots; ++published) {
    while (queue.full()) {
      if (!wait_finished(queue, next_release)) ++failures;
      queue.release(next_release++);
    }
    const bool fence = published % 100 == 99;
    const WorkItem work = fence ? item(Opcode::kBatchFence) : item(Opcode::kAtomicAdd, 0, {0, 1});
    if (!queue.publish(work)) ++failures;
  }
  for (; next_release < slots; ++next_release) {
    if (!wait_finished(queue, next_release)) ++failures;
    if (queue.status(next_release) != wire::SlotStatus::kDone) ++failures;
    queue.release(next_release);
  }
}

TEST_F(Stress, HundredThousandSlotsOverSeveralQueuesAndWorkers) {
  constexpr u32 kQueues = 4;
  constexpr u32 kSlots = 25000;
  const auto kernel = make_machine(3, {.queues = kQueues, .queue_capacity = 16});
  std::atomic<u32> failures{0};
  std::vector<std::thread> producers;
  for (u32 q = 0; q < kQueues; ++q) {
    producers.emplace_back([&, q] { produce(kernel->queue(q), kSlots, failures); });
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(failures, 0u);
  EXPECT_EQ(kernel->done_count(), kQueues * kSlots);
  EXPECT_EQ(kernel->epoch(), kQueues * kSlots / 100);
  EXPECT_EQ(run_slot(*kernel, item(Opcode::kLoadU32, 0, {0})).arguments[0],
            kQueues * (kSlots - kSlots / 100));
}

TEST_F(Stress, QuiesceAndLaunchWhileProducersRun) {
  const auto kernel = make_machine(2, {.queues = 2, .queue_capacity = 8});
  std::atomic<u32> failures{0};
  std::atomic<bool> stop{false};
  std::thread disturber([&] {
    while (!stop) {
      if (!kernel->quiesce() || !kernel->launch()) ++failures;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
  });
  std::thread other([&] { produce(kernel->queue(1), 5000, failures); });
  produce(kernel->queue(0), 5000, failures);
  other.join();
  stop = true;
  disturber.join();
  EXPECT_EQ(failures, 0u);
  EXPECT_EQ(kernel->done_count(), 10000u);
}

/// A random word that is often near something that matters.
u32 hostile_word(std::mt19937& random) {
  constexpr std::array<u32, 14> kNear = {0,          1,          7,          30,         0xFFFD,
                                         0xFFFE,     0x40000000, 0x40000001, 0x40100000, 0x41E00000,
                                         0x7FFFFFFF, 0x80000001, 0xFFFFFFFE, 64};
  switch (random() % 4) {
    case 0:
      return static_cast<u32>(random());
    case 1:
      return static_cast<u32>(random() % 16);
    default:
      return kNear[random() % kNear.size()];
  }
}

// What a host with corrupted memory could leave in a ring: each slot ends DONE or FAULT, or is a
// fence; nothing crashes and the next slots still run.
TEST_F(Stress, HostileSlotsFaultAndNothingElse) {
  const unsigned seed = 41;
  SCOPED_TRACE(::testing::Message() << "seed " << seed);
  std::mt19937 random(seed);
  const auto kernel = make_machine(2, {.queue_capacity = 64, .window_words = 16}, false);
  const TextBuffer text(*kernel, std::string(5000, 'a'));
  const Region region = kernel->add_region(text.bytes(), 2, 4).value();
  WorkQueue& queue = kernel->queue(0);
  for (u32 round = 0; round < 500; ++round) {
    std::vector<u32> positions;
    for (u32 i = 0; i < 64; ++i) {
      const u32 position = queue.publish(item(Opcode::kNop)).value();
      auto& slot = const_cast<wire::WorkSlot&>(queue.slot(position));
      slot.opcode = hostile_word(random);
      // A slot that stops the kernel is no damage, but this test wants it to go on.
      if (slot.opcode == static_cast<u32>(Opcode::kShutdown)) slot.opcode = 0;
      slot.tenant = random() % 4 == 0 ? hostile_word(random) : 0;
      slot.priority = hostile_word(random);
      for (u32& argument : slot.arguments) argument = hostile_word(random);
      positions.push_back(position);
    }
    ASSERT_TRUE(kernel->launch());
    for (const u32 position : positions) {
      ASSERT_TRUE(wait_finished(queue, position));
      queue.release(position);
    }
    ASSERT_TRUE(kernel->quiesce());
  }
  ASSERT_TRUE(kernel->launch());
  EXPECT_TRUE(is_done(run_slot(*kernel, item(Opcode::kNop))));
  EXPECT_GT(kernel->metrics().faults, 1000u);
}

TEST_F(Stress, AHostileStatusOrTailStopsNobody) {
  const auto kernel = make_machine(1, {.queues = 2, .queue_capacity = 4}, false);
  WorkQueue& hostile = kernel->queue(0);
  for (u32 i = 0; i < 4; ++i) {
    const u32 position = hostile.publish(item(Opcode::kNop)).value();
    const_cast<wire::WorkSlot&>(hostile.slot(position)).status = 0xDEAD0000 + i;
  }
  ASSERT_TRUE(kernel->launch());
  EXPECT_TRUE(is_done(run_slot(*kernel, item(Opcode::kNop), 1)));
  ASSERT_TRUE(kernel->shutdown());
  EXPECT_EQ(hostile.slot(0).status, 0xDEAD0000u);
}

}  // namespace
}  // namespace vyre::backend
