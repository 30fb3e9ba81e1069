#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>
#include <vector>

#include "tests/backend/machine_test.hpp"
#include "tests/oracle/crash_note.hpp"
#include "tests/oracle/differential.hpp"
#include "tests/support/environment.hpp"

// Programs by chance through the ring of one megakernel, against the naive interpreter: results,
// records, output, carry, fuel and window, bit for bit.
namespace vyre::oracle {
namespace {

constexpr u64 kOrdinaryPrograms = 2000;
constexpr u32 kMostFailures = 3;
/// The naive interpreter takes far longer than the device.
constexpr unsigned kMostThreads = 16;

/// Threads that take cases in turn; the machine serves one of them at a time.
class SharedMachine {
 public:
  SharedMachine(u64 first, u64 count) : next_(first), end_(first + count) {}

  void work() {
    while (failures_ < kMostFailures) {
      const u64 seed = next_.fetch_add(1);
      if (seed >= end_) return;
      const DifferentialCase test(seed);
      const HostResult host = run_on_host(test);
      const std::lock_guard lock(mutex_);
      note_case(seed);
      std::optional<std::string> difference = host.difference;
      if (!difference)
        difference = machine_difference(test, host, machine_, machine_.load(*host.program));
      ++programs_;
      faults_ += host.answer.fault ? 1 : 0;
      tiles_ += (test.file.size() + kTileBytes - 1) / kTileBytes;
      if (!difference) continue;
      ++failures_;
      ADD_FAILURE() << *difference << "\n" << describe(test);
    }
  }

  void report() const {
    fmt::print("megakernel: {} programs, {} tiles, {} faults, {} differences\n", programs_, tiles_,
               faults_, failures_.load());
  }
  [[nodiscard]] u64 programs() const { return programs_; }

 private:
  std::atomic<u64> next_;
  u64 end_;
  std::mutex mutex_;
  MachineRun machine_{4};
  u64 programs_ = 0;
  u64 faults_ = 0;
  u64 tiles_ = 0;
  std::atomic<u32> failures_{0};
};

using MegakernelDifferential = backend::MachineTest;

TEST_F(MegakernelDifferential, RandomProgramsAgreeWithTheNaiveInterpreter) {
  const u64 first = testing::number_from_environment("VYRE_DIFFERENTIAL_SEED", 1);
  const u64 count =
      testing::number_from_environment("VYRE_DIFFERENTIAL_PROGRAMS", kOrdinaryPrograms);
  SharedMachine shared(first, count);
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, kMostThreads); ++i) {
    threads.emplace_back([&] { shared.work(); });
  }
  for (std::thread& thread : threads) thread.join();
  shared.report();
  if (!HasFailure()) {
    EXPECT_EQ(shared.programs(), count);
  }
}

}  // namespace
}  // namespace vyre::oracle
