#include <atomic>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// Launch, quiesce and shutdown, and what must outlast them.
namespace vyre::backend {
namespace {

using wire::Opcode;
using Life = MachineTest;

TEST_F(Life, QuiesceKeepsTheRingsAndLaunchGoesOn) {
  const auto kernel = make_machine(2, {.queues = 2});
  EXPECT_TRUE(is_done(run_slot(*kernel, item(Opcode::kStoreU32, 0, {1, 5}))));
  ASSERT_TRUE(kernel->quiesce());
  EXPECT_FALSE(kernel->running());
  const u32 waiting = kernel->queue(1).publish(item(Opcode::kNop)).value();
  std::this_thread::sleep_for(std::chrono::milliseconds(2));
  EXPECT_FALSE(kernel->queue(1).finished(waiting));
  ASSERT_TRUE(kernel->quiesce());
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(kernel->launch());
  EXPECT_TRUE(kernel->running());
  EXPECT_TRUE(wait_finished(kernel->queue(1), waiting));
  EXPECT_EQ(run_slot(*kernel, item(Opcode::kLoadU32, 0, {1})).arguments[0], 5u);
}

TEST_F(Life, ShutdownRunsWhatIsPublished) {
  const auto kernel = make_machine(2, {.queues = 3, .queue_capacity = 64}, false);
  for (u32 q = 0; q < 3; ++q) {
    for (u32 i = 0; i < 64; ++i) ASSERT_TRUE(kernel->queue(q).publish(item(Opcode::kNop)));
  }
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(kernel->shutdown());
  EXPECT_EQ(kernel->done_count(), 3u * 64);
}

TEST_F(Life, AShutdownSlotDrainsAndStopsEveryWorker) {
  const auto kernel = make_machine(3, {.queue_capacity = 64});
  WorkQueue& queue = kernel->queue(0);
  const u32 stop = queue.publish(item(Opcode::kShutdown)).value();
  for (u32 i = 0; i < 20; ++i) ASSERT_TRUE(queue.publish(item(Opcode::kNop)));
  ASSERT_TRUE(wait_finished(queue, stop));
  EXPECT_FALSE(kernel->running());
  ASSERT_TRUE(kernel->launch());
  EXPECT_TRUE(kernel->running());
  EXPECT_TRUE(wait_finished(queue, 20));
}

TEST_F(Life, ManyLaunches) {
  const auto kernel = make_machine(2, {});
  WorkQueue& queue = kernel->queue(0);
  for (u32 round = 0; round < 200; ++round) {
    const u32 position = queue.publish(item(Opcode::kNop)).value();
    ASSERT_TRUE(kernel->quiesce());
    ASSERT_TRUE(kernel->launch());
    ASSERT_TRUE(wait_finished(queue, position));
    queue.release(position);
  }
}

/// Counts one byte; the answer depends on the program, so that mistaken ones are seen.
VerifiedProgram counter_of(char byte) {
  const std::string text = ".result count sum\n count.byte s0, " +
                           std::to_string(static_cast<int>(byte)) + "\n result s0, count\n halt\n";
  return verify(assemble(text).value()).value();
}

TEST_F(Life, WhatALaunchLeavesTheNextOneFinds) {
  const auto kernel = make_machine(2, {.queue_capacity = 8, .window_words = 100});
  const TextBuffer text(*kernel, std::string(3 * kTileBytes, 'a') + "b");
  const u32 early = kernel->load(counter_of('a'), 4).value();
  const Region region = kernel->add_region(text.bytes(), 2, 0).value();
  ASSERT_TRUE(is_done(run_slot(*kernel, item(Opcode::kStoreU32, 4, {99, 7}))));
  ASSERT_TRUE(is_done(run_slot(*kernel, item(Opcode::kPrintf, 4, {1, 2, 3, 4}))));
  ASSERT_TRUE(kernel->quiesce());
  const u32 late = kernel->load(counter_of('b'), 4).value();
  const Region other = kernel->add_region(text.bytes(), 1, 0).value();
  std::vector<u32> words(1);
  ASSERT_TRUE(kernel->read_window(4, 99, words));
  EXPECT_EQ(words[0], 7u);
  EXPECT_EQ(kernel->done_count(), 2u);
  EXPECT_EQ(kernel->debug_log().size(), 1u);
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(is_done(run_slot(*kernel, chunk_item(early, region, text.size(), 1, 4))));
  EXPECT_EQ(region.results(1)[0], 3u * kTileBytes);
  ASSERT_TRUE(is_done(run_slot(*kernel, chunk_item(late, other, text.size(), 0, 4))));
  EXPECT_EQ(other.results(0)[0], 1u);
  EXPECT_EQ(run_slot(*kernel, item(Opcode::kLoadU32, 4, {99})).arguments[0], 7u);
}

TEST_F(Life, FencesAndMasksOutlastAQuiesce) {
  const auto kernel = make_machine(2, {.queue_capacity = 8});
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->hold(5));
  const u32 held = queue.publish(item(Opcode::kNop, 5)).value();
  const u32 fence = queue.publish(item(Opcode::kBatchFence, 5)).value();
  for (u32 round = 0; round < 3; ++round) {
    EXPECT_TRUE(is_done(run_slot(*kernel, item(Opcode::kNop, 6))));
    ASSERT_TRUE(kernel->quiesce());
    ASSERT_TRUE(kernel->launch());
  }
  EXPECT_TRUE(is_done(run_slot(*kernel, item(Opcode::kNop, 6))));
  EXPECT_FALSE(queue.finished(held));
  EXPECT_FALSE(queue.finished(fence));
  EXPECT_EQ(kernel->epoch(), 0u);
  ASSERT_TRUE(kernel->authorise(5));
  EXPECT_TRUE(wait_finished(queue, fence));
  EXPECT_TRUE(queue.finished(held));
  EXPECT_EQ(kernel->epoch(), 1u);
}

TEST_F(Life, ShutdownLeavesTheSlotsOfMaskedTenants) {
  const auto kernel = make_machine(2, {.queue_capacity = 8}, false);
  WorkQueue& queue = kernel->queue(0);
  ASSERT_TRUE(kernel->hold(1));
  const u32 held = queue.publish(item(Opcode::kNop, 1)).value();
  const u32 free = queue.publish(item(Opcode::kNop, 2)).value();
  ASSERT_TRUE(kernel->launch());
  ASSERT_TRUE(kernel->shutdown());
  EXPECT_FALSE(kernel->running());
  EXPECT_TRUE(queue.finished(free));
  EXPECT_EQ(queue.status(held), wire::SlotStatus::kPublished);
  ASSERT_TRUE(kernel->authorise(1));
  ASSERT_TRUE(kernel->launch());
  EXPECT_TRUE(wait_finished(queue, held));
}

// Programs are added while others run: each new one is right at once, and none disturbs the first.
TEST_F(Life, ProgramsAreLoadedWhileProgramsRun) {
  const auto kernel = make_machine(3, {.queues = 2, .queue_capacity = 8});
  const TextBuffer text(*kernel, std::string(5 * kTileBytes, 'a') + "bcd");
  const Region busy = kernel->add_region(text.bytes(), 1, 0).value();
  const Region fresh = kernel->add_region(text.bytes(), 1, 0).value();
  const u32 first = kernel->load(counter_of('a'), 0).value();
  std::atomic<bool> stop{false};
  std::atomic<u32> runs{0};
  std::atomic<u32> wrong{0};
  std::thread runner([&] {
    while (!stop) {
      const bool done = is_done(run_slot(*kernel, chunk_item(first, busy, text.size()), 1));
      if (!done || busy.results(0)[0] != 5u * kTileBytes) ++wrong;
      ++runs;
    }
  });
  for (u32 i = 1; i < kernel::kMaxProgramsPerTenant; ++i) {
    const u32 opcode = kernel->load(counter_of(static_cast<char>('a' + i % 5)), 0).value();
    EXPECT_TRUE(is_done(run_slot(*kernel, chunk_item(opcode, fresh, text.size()), 0)));
    const u32 expected = i % 5 == 0 ? 5 * kTileBytes : i % 5 == 4 ? 0 : 1;
    EXPECT_EQ(fresh.results(0)[0], expected) << i;
  }
  while (runs == 0) std::this_thread::yield();
  stop = true;
  runner.join();
  EXPECT_EQ(wrong, 0u);
}

}  // namespace
}  // namespace vyre::backend
