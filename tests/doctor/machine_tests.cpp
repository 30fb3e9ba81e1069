// The probes on the machine that runs the tests: what they say must be whole and consistent.

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "doctor/diagnose.hpp"
#include "doctor/kernel.hpp"
#include "doctor/machine.hpp"

namespace vyre::doctor {
namespace {

TEST(Diagnose, TellsEachRowWholeAndOnce) {
  const std::vector<std::string> paths = {testing::TempDir(), "/proc"};
  const Report report = diagnose(paths);
  std::set<std::string> names;
  for (const Row& row : report.rows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is told twice";
    EXPECT_FALSE(row.evidence.empty()) << row.name;
    EXPECT_EQ(row.consequence.empty(), row.state == State::kAvailable) << row.name;
  }
  for (const char* name : {"kernel", "io_uring", "memlock", "open-files", "huge-pages", "processor",
                           "cachestat", "backend:cpu", "backend:cuda", "file-system:/proc"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_EQ(report.healthy, is_healthy(report.rows));
}

TEST(Diagnose, TheCpuBackendIsThereAndCudaIsNot) {
  const std::vector<Row> rows = backend_rows(2);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].state, State::kAvailable);
  EXPECT_EQ(rows[1].state, State::kUnavailable);
  EXPECT_FALSE(rows[1].required);
}

TEST(Observations, AreInTheirRanges) {
  const HugePages pages = observe_huge_pages();
  EXPECT_GT(pages.tried_kib, 0u);
  EXPECT_LE(pages.got_kib, pages.tried_kib);
  EXPECT_EQ(kernel_row(running_kernel()).evidence, "Linux " + running_kernel());
}

}  // namespace
}  // namespace vyre::doctor
