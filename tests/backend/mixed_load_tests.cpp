#include <atomic>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/mixed_load.hpp"
#include "tests/backend/passing_tenants.hpp"
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
TEST_F(MixedLoad, EverySlotHasItsAnswerWhileWorkersAndTenantsComeAndGo) {
  const auto batches =
      static_cast<u32>(testing::number_from_environment("VYRE_STRESS_BATCHES", 40));
  const u64 seed = testing::number_from_environment("VYRE_STRESS_SEED", 7);
  SCOPED_TRACE(::testing::Message() << "VYRE_STRESS_SEED=" << seed);
  const MixedPrograms programs(seed);
  const auto kernel =
      Megakernel::create(make_test_backend(3), {.queues = kProducers + 1,
                                                .queue_capacity = MixedProducer::kQueueCapacity,
                                                .window_words = MixedProducer::kWindowWords,
                                                .tenants = kProducers,
                                                .quota_period = std::chrono::milliseconds(1)})
          .value();
  const TextBuffer text(*kernel, programs.text());
  const TextBuffer short_text(*kernel, std::string_view(programs.text()).substr(0, kTileBytes));
  const LoadServer server(*kernel, PassingTenants::resources());
  ASSERT_TRUE(kernel->launch());
  std::vector<std::unique_ptr<MixedProducer>> producers;
  for (u32 i = 0; i < kProducers; ++i) {
    producers.push_back(std::make_unique<MixedProducer>(*kernel, programs, text, i, seed));
  }
  PassingTenants passing(*kernel, short_text, kProducers, seed + kProducers);
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
  threads.emplace_back([&, batches] {
    u32 left = batches;
    while (left != 0 && passing.pass()) --left;
    lost += left;
  });
  for (std::thread& thread : threads) thread.join();
  stop = true;
  disturber.join();
  ASSERT_EQ(lost, 0u) << "batches";
  u32 slots = passing.slots();
  u32 runs = 0;
  u32 faults = passing.faults();
  for (const auto& producer : producers) {
    producer->check_window();
    slots += producer->slots();
    runs += producer->programs_run();
    faults += producer->faults();
  }
  EXPECT_EQ(kernel->done_count(), slots);
  EXPECT_EQ(kernel->epoch(), kProducers * batches);
  EXPECT_GE(kernel->metrics().programs, runs);
  EXPECT_LE(kernel->metrics().programs, runs + passing.programs());
  EXPECT_EQ(kernel->metrics().faults, faults);
}

}  // namespace
}  // namespace vyre::backend
