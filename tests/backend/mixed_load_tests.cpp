#include <atomic>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/mixed_load.hpp"
#include "tests/support/environment.hpp"

namespace vyre::backend {
namespace {

using MixedLoad = MachineTest;

constexpr u32 kProducers = 4;

/// Stops and starts the workers, until told to stop.
void disturb(Megakernel& kernel, const std::atomic<bool>& stop) {
  while (!stop) {
    ASSERT_TRUE(kernel.quiesce());
    ASSERT_TRUE(kernel.launch());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
}

// VYRE_STRESS_BATCHES: batches of each producer.
TEST_F(MixedLoad, EverySlotHasItsAnswerWhileTheWorkersComeAndGo) {
  const auto batches =
      static_cast<u32>(testing::number_from_environment("VYRE_STRESS_BATCHES", 40));
  const u64 seed = testing::number_from_environment("VYRE_STRESS_SEED", 7);
  SCOPED_TRACE(::testing::Message() << "VYRE_STRESS_SEED=" << seed);
  const MixedPrograms programs(seed);
  const auto kernel = make_machine(3, {.queues = kProducers,
                                       .queue_capacity = MixedProducer::kQueueCapacity,
                                       .window_words = MixedProducer::kWindowWords});
  const TextBuffer text(*kernel, programs.text());
  std::vector<std::unique_ptr<MixedProducer>> producers;
  for (u32 i = 0; i < kProducers; ++i) {
    producers.push_back(std::make_unique<MixedProducer>(*kernel, programs, text, i, seed));
  }
  std::atomic<bool> stop{false};
  std::atomic<u32> lost{0};
  std::thread disturber([&] { disturb(*kernel, stop); });
  std::vector<std::thread> threads;
  for (const auto& producer : producers) {
    threads.emplace_back([&, batches] {
      u32 left = batches;
      while (left != 0 && producer->run_batch()) --left;
      lost += left;
    });
  }
  for (std::thread& thread : threads) thread.join();
  stop = true;
  disturber.join();
  ASSERT_EQ(lost, 0u) << "batches";
  u32 slots = 0;
  u32 runs = 0;
  u32 faults = 0;
  for (const auto& producer : producers) {
    producer->check_window();
    slots += producer->slots();
    runs += producer->programs_run();
    faults += producer->faults();
  }
  EXPECT_EQ(kernel->done_count(), slots);
  EXPECT_EQ(kernel->epoch(), kProducers * batches);
  EXPECT_EQ(kernel->metrics().programs, runs);
  EXPECT_EQ(kernel->metrics().faults, faults);
}

}  // namespace
}  // namespace vyre::backend
