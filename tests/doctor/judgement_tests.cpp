// The rows that follow from what was observed, without looking at this machine.

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "doctor/diagnose.hpp"
#include "doctor/kernel.hpp"
#include "doctor/limits.hpp"
#include "doctor/machine.hpp"

namespace vyre::doctor {
namespace {

void expect_told(const Row& row) {
  EXPECT_FALSE(row.name.empty());
  EXPECT_FALSE(row.evidence.empty()) << row.name;
  EXPECT_EQ(row.consequence.empty(), row.state == State::kAvailable) << row.name;
}

TEST(MemlockRow, FollowsTheLimitAndTheRings) {
  constexpr u64 kKib = 1024;
  struct Case {
    std::optional<u64> limit;
    bool exempt;
    u32 cores;
    State state;
  };
  const std::vector<Case> cases = {
      {std::nullopt, false, 64, State::kAvailable},
      {64 * kKib, true, 64, State::kAvailable},
      {64 * kKib, false, 1, State::kUnavailable},
      {1024 * kKib - 1, false, 1, State::kUnavailable},
      {1024 * kKib, false, 1, State::kDegraded},
      {3 * 1024 * kKib, false, 1, State::kAvailable},
      {3 * 1024 * kKib, false, 2, State::kDegraded},
      {8 * 1024 * kKib, false, 2, State::kAvailable},
  };
  for (const Case& c : cases) {
    const Row row = memlock_row(Memlock{c.limit, c.exempt}, c.cores);
    EXPECT_EQ(row.state, c.state) << row.evidence << " with cores " << c.cores;
    EXPECT_TRUE(row.required);
    EXPECT_EQ(row.fix.empty(), c.state == State::kAvailable);
    expect_told(row);
  }
}

TEST(OpenFilesRow, FollowsTheLimit) {
  EXPECT_EQ(open_files_row(std::nullopt, 4).state, State::kAvailable);
  EXPECT_EQ(open_files_row(1024, 16).state, State::kAvailable);
  EXPECT_EQ(open_files_row(64, 16).state, State::kDegraded);
  EXPECT_EQ(open_files_row(8, 1).state, State::kUnavailable);
  expect_told(open_files_row(8, 1));
}

TEST(KernelRow, ComparesNumbersNotText) {
  for (const char* release : {"6.1.0-18-amd64", "6.10.3", "10.0", "7.0-rc1"}) {
    EXPECT_EQ(kernel_row(release).state, State::kAvailable) << release;
  }
  for (const char* release : {"5.15.0-91-generic", "6.0.19", "4.9", "", "x"}) {
    EXPECT_EQ(kernel_row(release).state, State::kDegraded) << release;
  }
}

TEST(HugePagesRow, IsDegradedWithoutThem) {
  EXPECT_EQ(huge_pages_row({"madvise", 4096, 4096}).state, State::kAvailable);
  for (const HugePages& pages :
       {HugePages{"never", 0, 4096}, HugePages{"", 0, 4096}, HugePages{"always", 2048, 4096}}) {
    const Row row = huge_pages_row(pages);
    EXPECT_EQ(row.state, State::kDegraded);
    EXPECT_FALSE(row.fix.empty());
    expect_told(row);
  }
}

TEST(Health, OnlyARequiredUnavailableRowBreaksIt) {
  const auto row = [](State state, bool required) {
    return Row{"r", state, required, "evidence", "consequence", "fix"};
  };
  EXPECT_TRUE(is_healthy({}));
  EXPECT_TRUE(is_healthy(std::vector{row(State::kUnavailable, false), row(State::kDegraded, true),
                                     row(State::kAvailable, true)}));
  EXPECT_FALSE(
      is_healthy(std::vector{row(State::kAvailable, true), row(State::kUnavailable, true)}));
}

}  // namespace
}  // namespace vyre::doctor
