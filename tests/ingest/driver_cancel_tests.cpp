#include <gtest/gtest.h>

#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::ingest {
namespace {

using test::DriverHarness;
using test::noise;
using test::TemporaryTree;

constexpr auto kPath = ReadPath::kRegisteredMappedRead;

std::vector<FileSource> some_files(const TemporaryTree& tree) {
  std::vector<FileSource> files;
  for (u32 i = 0; i < 20; ++i) {
    files.push_back(tree.add("small" + std::to_string(i), noise(700, i)));
    files.push_back(tree.add("big" + std::to_string(i), noise(90'000, i)));
  }
  return files;
}

TEST(Cancel, ReapsWhatIsInFlightAndDropsTheRest) {
  const TemporaryTree tree;
  DriverHarness harness;
  harness.faults->hold_until_cancelled = true;
  for (FileSource& file : some_files(tree)) harness.driver->add(std::move(file));
  ASSERT_TRUE(harness.driver->submit());
  ASSERT_TRUE(harness.driver->poll());
  EXPECT_NE(harness.telemetry().in_flight(kPath), 0u);
  ASSERT_TRUE(harness.driver->cancel());
  EXPECT_NE(harness.faults->cancels, 0u);
  EXPECT_EQ(harness.telemetry().in_flight(kPath), 0u);
  EXPECT_FALSE(harness.driver->wants_files());
  // Slots that were filled can still be drained; then nothing is left.
  for (int turn = 0; turn < 100 && !harness.driver->finished(); ++turn) harness.work();
  EXPECT_TRUE(harness.driver->finished());
}

TEST(Cancel, AtAnyMomentLeavesNothingInFlight) {
  for (u32 turns = 0; turns < 12; ++turns) {
    SCOPED_TRACE(turns);
    const TemporaryTree tree;
    DriverHarness harness;
    harness.faults->shuffle(turns);
    for (FileSource& file : some_files(tree)) harness.driver->add(std::move(file));
    for (u32 turn = 0; turn < turns; ++turn) {
      ASSERT_TRUE(harness.driver->submit());
      ASSERT_TRUE(harness.driver->poll());
      harness.work();
    }
    ASSERT_TRUE(harness.driver->cancel());
    EXPECT_EQ(harness.telemetry().in_flight(kPath), 0u);
    for (int turn = 0; turn < 100 && !harness.driver->finished(); ++turn) harness.work();
    EXPECT_TRUE(harness.driver->finished());
  }
}

TEST(Cancel, DestructionAloneDoesTheSame) {
  const TemporaryTree tree;
  DriverHarness harness;
  harness.faults->hold_until_cancelled = true;
  for (FileSource& file : some_files(tree)) harness.driver->add(std::move(file));
  ASSERT_TRUE(harness.driver->submit());
  harness.driver.reset();
  EXPECT_NE(harness.faults->cancels, 0u);
}

}  // namespace
}  // namespace vyre::ingest
