#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>

#include "tests/oracle/crash_note.hpp"
#include "tests/oracle/differential.hpp"
#include "tests/support/environment.hpp"
#include "vir0/instruction_info.hpp"

namespace vyre::oracle {
namespace {

constexpr u64 kOrdinaryPrograms = 2000;
constexpr u32 kShards = 16;
constexpr u32 kMostFailures = 3;

u64 first_seed() { return testing::number_from_environment("VYRE_DIFFERENTIAL_SEED", 1); }
u64 program_count() {
  return testing::number_from_environment("VYRE_DIFFERENTIAL_PROGRAMS", kOrdinaryPrograms);
}

class Differential : public ::testing::TestWithParam<u32> {};

TEST_P(Differential, AllAgree) {
  Comparison comparison;
  u64 programs = 0;
  u64 instructions = 0;
  u64 faults = 0;
  u64 differences = 0;
  for (u64 i = GetParam(); i < program_count() && differences < kMostFailures; i += kShards) {
    note_case(first_seed() + i);
    const DifferentialCase test(first_seed() + i);
    const HostResult result = comparison.run(test);
    ++programs;
    faults += result.answer.fault ? 1 : 0;
    for (const auto& [op, count] : result.executed) instructions += count;
    if (!result.difference) continue;
    ++differences;
    ADD_FAILURE() << *result.difference << "\n" << describe(test);
  }
  fmt::print("differential: {} programs, {} instructions, {} faults, {} differences\n", programs,
             instructions, faults, differences);
}

INSTANTIATE_TEST_SUITE_P(Shards, Differential, ::testing::Range(0u, kShards));

// What the ordinary run's first programs make of their chances: each instruction runs, and a tile
// faults neither hardly ever nor as a rule.
TEST(GeneratedPrograms, ReachEveryInstruction) {
  constexpr u64 kPrograms = 600;
  std::map<vir0::Op, u64> executed;
  u64 faults = 0;
  for (u64 seed = 1; seed <= kPrograms; ++seed) {
    const DifferentialCase test(seed);
    const std::string_view beginning = std::string_view(test.file).substr(0, 5000);
    const NaiveRun run = run_naive(test.program, beginning, test.window, {}, test.resources);
    for (const auto& [op, count] : run.used.executed) executed[op] += count;
    faults += run.fault ? 1 : 0;
  }
  for (const auto& row : vir0::instructions()) {
    EXPECT_GT(executed[row.op], 0u) << row.mnemonic;
  }
  fmt::print("{} of {} programs fault\n", faults, kPrograms);
  EXPECT_GT(faults, kPrograms * 8 / 100);
  EXPECT_LT(faults, kPrograms * 30 / 100);
}

TEST(GeneratedPrograms, DependOnTheSeedAlone) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(generate_program(seed).program, generate_program(seed).program) << seed;
    EXPECT_NE(generate_program(seed).program, generate_program(seed + 1).program) << seed;
  }
}

}  // namespace
}  // namespace vyre::oracle
