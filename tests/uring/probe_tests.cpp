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
  const auto available = [&](const char* name) {
    const auto row = std::find_if(rows.begin(), rows.end(),
                                  [&](const ProbeRow& each) { return each.name == name; });
    EXPECT_NE(row, rows.end()) << name;
    return row != rows.end() && row->available;
  };
  EXPECT_EQ(available("flag:defer_taskrun"), (*ring)->features().defer_taskrun);
  struct Wide {
    const char* name;
    Profile profile;
  };
  for (const auto& [name, profile] : {Wide{"flag:sqe128_cqe32", Profile::kDefault},
                                      Wide{"flag:sqe128_cqe32_sqpoll", Profile::kSqPoll},
                                      Wide{"flag:sqe128_cqe32_iopoll", Profile::kIoPoll}}) {
    const auto wide = IoUring::create({.profile = profile, .entries = 4, .wide_entries = true});
    EXPECT_EQ(available(name), wide.has_value() && (*wide)->takes_commands());
  }
}

}  // namespace
}  // namespace vyre::uring
