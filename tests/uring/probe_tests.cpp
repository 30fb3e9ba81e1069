#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "uring/io_uring.hpp"
#include "uring/probe.hpp"

namespace vyre::uring {
namespace {

TEST(Probe, RowsAreNamedOnceAndExplained) {
  const auto rows = probe_kernel();
  ASSERT_FALSE(rows.empty());
  std::set<std::string> names;
  for (const ProbeRow& row : rows) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.reason.empty()) << row.name;
    if (!row.available) {
      EXPECT_FALSE(row.fix.empty()) << row.name;
    }
  }
  EXPECT_EQ(rows.front().name, "io_uring");
}

TEST(Probe, AgreesWithTheRing) {
  auto ring = IoUring::create({});
  const auto rows = probe_kernel();
  ASSERT_EQ(rows.front().available, ring.has_value());
  if (!ring) GTEST_SKIP() << ring.error().message();
  const auto deferred = std::find_if(rows.begin(), rows.end(), [](const ProbeRow& row) {
    return row.name == "flag:defer_taskrun";
  });
  ASSERT_NE(deferred, rows.end());
  EXPECT_EQ(deferred->available, (*ring)->features().defer_taskrun);
}

}  // namespace
}  // namespace vyre::uring
