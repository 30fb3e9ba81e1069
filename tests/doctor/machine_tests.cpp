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
  const Report report = diagnose({.paths = paths, .required = {}});
  std::set<std::string> names;
  for (const Row& row : report.rows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name << " is told twice";
    EXPECT_FALSE(row.evidence.empty()) << row.name;
    EXPECT_EQ(row.consequence.empty(), row.state == State::kAvailable) << row.name;
  }
  for (const char* name :
       {"kernel", "io_uring", "memlock", "open-files", "huge-pages", "processor", "cachestat",
        "backend:cpu", "backend:cuda", "session", "file-system:/proc", "io_uring_disabled",
        "seccomp", "p2pdma", "iommu", "nvidia-fs"}) {
    EXPECT_TRUE(names.contains(name)) << name;
  }
  EXPECT_EQ(report.healthy, is_healthy(report.rows));
  EXPECT_TRUE(report.requirements.empty());
  EXPECT_TRUE(meets_requirements(report));
}

TEST(Diagnose, TheBackendOfAutoIsCudaOnlyWhereItsRowIsAvailable) {
  const Report report = diagnose({.paths = {}, .required = {}});
  const auto cuda = std::find_if(report.rows.begin(), report.rows.end(),
                                 [](const Row& row) { return row.name == "backend:cuda"; });
  ASSERT_NE(cuda, report.rows.end());
  EXPECT_FALSE(cuda->required);
  if (!report.backend) {
    EXPECT_FALSE(report.healthy);
    return;
  }
  if (report.backend->kind == BackendKind::kCuda) {
    EXPECT_EQ(cuda->state, State::kAvailable);
  }
  if (cuda->state == State::kUnavailable) {
    EXPECT_EQ(report.backend->kind, BackendKind::kCpu);
    EXPECT_FALSE(report.backend->reason.empty());
    EXPECT_FALSE(cuda->fix.empty());
  }
}

TEST(Observations, AreInTheirRanges) {
  const HugePages pages = observe_huge_pages();
  EXPECT_GT(pages.tried_kib, 0u);
  EXPECT_LE(pages.got_kib, pages.tried_kib);
  EXPECT_EQ(kernel_row(running_kernel()).evidence, "Linux " + running_kernel());
}

}  // namespace
}  // namespace vyre::doctor
