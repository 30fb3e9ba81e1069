#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "tests/backend/machine_test.hpp"
#include "tests/oracle/crash_note.hpp"
#include "tests/oracle/differential.hpp"
#include "tests/support/environment.hpp"

// The same as in megakernel_differential_tests.cpp, with the programs compiled: many at a time,
// since the driver's linker takes longer than their runs.
namespace vyre::oracle {
namespace {

constexpr u64 kOrdinaryPrograms = 256;
constexpr u32 kBatch = 64;
constexpr u32 kMostFailures = 3;
static_assert(kBatch <= MachineRun::kMostLoaded);

struct Case {
  explicit Case(u64 seed) : test(seed) {}
  DifferentialCase test;
  HostResult host;
};

/// The naive interpreter takes far longer than the device.
void run_on_host(std::vector<std::unique_ptr<Case>>& cases) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < std::clamp(std::thread::hardware_concurrency(), 1u, 16u); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < cases.size(); at = next++) {
        cases[at]->host = run_on_host(cases[at]->test);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

struct Tally {
  u64 programs = 0;
  u64 faults = 0;
  u32 failures = 0;
};

/// On a machine of its own, whose programs are linked together.
void run_batch(u64 first, u64 count, Tally& tally) {
  MachineRun machine(4);
  std::vector<std::unique_ptr<Case>> cases;
  for (u64 seed = first; seed < first + count; ++seed) {
    cases.push_back(std::make_unique<Case>(seed));
  }
  run_on_host(cases);
  std::vector<MachineRun::Loaded> loaded;
  for (const auto& one : cases) {
    if (!one->host.difference) loaded.push_back(machine.load(*one->host.program));
  }
  machine.compile();
  auto place = loaded.begin();
  for (const auto& one : cases) {
    note_case(one->test.seed);
    std::optional<std::string> difference = one->host.difference;
    if (!difference) difference = machine_difference(one->test, one->host, machine, *place++);
    ++tally.programs;
    tally.faults += one->host.answer.fault ? 1 : 0;
    if (!difference) continue;
    ++tally.failures;
    ADD_FAILURE() << *difference << "\n" << describe(one->test);
  }
}

using CompiledDifferential = backend::MachineTest;

TEST_F(CompiledDifferential, RandomProgramsAgreeWithTheNaiveInterpreter) {
  const u64 first = testing::number_from_environment("VYRE_DIFFERENTIAL_SEED", 1);
  const u64 count = testing::number_from_environment("VYRE_COMPILED_PROGRAMS", kOrdinaryPrograms);
  Tally tally;
  for (u64 done = 0; done < count && tally.failures < kMostFailures; done += kBatch) {
    run_batch(first + done, std::min<u64>(kBatch, count - done), tally);
  }
  fmt::print("compiled: {} programs, {} faults, {} differences\n", tally.programs, tally.faults,
             tally.failures);
}

}  // namespace
}  // namespace vyre::oracle
