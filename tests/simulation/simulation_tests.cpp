#include <fcntl.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include "base/owned_fd.hpp"
#include "tests/simulation/world.hpp"
#include "tests/support/environment.hpp"

namespace vyre::simulation {
namespace {

constexpr u64 kOrdinarySeeds = 2000;
constexpr u32 kShards = 8;

u64 first_seed() { return testing::number_from_environment("VYRE_SIMULATION_FROM", 1); }
u64 seed_count() {
  return testing::number_from_environment("VYRE_SIMULATION_SEEDS", kOrdinarySeeds);
}

class Simulation : public ::testing::TestWithParam<u32> {};

// A broken invariant ends the process, after a line with the command that replays it.
TEST_P(Simulation, BreaksNoInvariant) {
  Coverage sum;
  u64 seeds = 0;
  for (u64 i = GetParam(); i < seed_count(); i += kShards, ++seeds) {
    sum.add(simulate(first_seed() + i));
  }
  fmt::print("simulation: {} seeds, {} steps, {} bytes\n", seeds, sum.steps, sum.bytes);
  EXPECT_GT(sum.bytes, 0u);
}

INSTANTIATE_TEST_SUITE_P(Shards, Simulation, ::testing::Range(0u, kShards));

// Memory files can be opened with O_DIRECT since Linux 6.6.
bool memory_files_take_direct_reads() {
  const base::OwnedFd file(::memfd_create("probe", MFD_CLOEXEC));
  const std::string path = fmt::format("/proc/self/fd/{}", file.get());
  return static_cast<bool>(base::OwnedFd(::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC)));
}

// What the simulator is there for does happen, in a part of the ordinary run already.
TEST(SimulationCoverage, ReachesAllThatItClaims) {
  constexpr u64 kEnough = 300;
  Coverage sum;
  for (u64 seed = 1; seed <= kEnough; ++seed) sum.add(simulate(seed));
  const bool direct = memory_files_take_direct_reads();
  for (const Coverage::Row& row : Coverage::rows()) {
    if (row.name.starts_with("direct") && !direct) {
      fmt::print("not looked at, since memory files cannot be read past a cache: {}\n", row.name);
    } else {
      EXPECT_GT(sum.*row.count, 0u) << row.name;
    }
  }
}

TEST(SimulationCoverage, DependsOnTheSeedAlone) {
  for (u64 seed = 1; seed <= 20; ++seed) {
    EXPECT_EQ(simulate(seed).table(), simulate(seed).table()) << seed;
    EXPECT_NE(simulate(seed).table(), simulate(seed + 1).table()) << seed;
  }
}

}  // namespace
}  // namespace vyre::simulation
