#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "vyre/telemetry.hpp"

namespace vyre {
namespace {

constexpr auto kMapped = ReadPath::kRegisteredMappedRead;
constexpr std::uint64_t kMaximum = std::numeric_limits<std::uint64_t>::max();

IngestTelemetry clean_run() {
  IngestTelemetry telemetry;
  telemetry.path(kMapped).submitted.add(3);
  telemetry.path(kMapped).completed.add(3);
  telemetry.path(kMapped).bytes.add(100);
  return telemetry;
}

TEST(IngestTelemetry, ACleanRunOfOnePathIsZeroCopy) {
  EXPECT_TRUE(clean_run().validate_completed_zero_copy(kMapped));
  EXPECT_EQ(clean_run().in_flight(kMapped), 0u);
}

TEST(IngestTelemetry, WhateverElseHappenedIsNotZeroCopy) {
  const std::vector<std::function<void(IngestTelemetry&)>> changes = {
      [](IngestTelemetry& t) { t.path(kMapped).submitted.add(); },
      [](IngestTelemetry& t) { t.path(kMapped).submitted.add(), t.path(kMapped).failed.add(); },
      [](IngestTelemetry& t) { t.path(ReadPath::kUnregisteredRead).submitted.add(); },
      [](IngestTelemetry& t) { t.path(ReadPath::kNvmePeer).submitted.add(); },
      [](IngestTelemetry& t) { t.userspace_copied_bytes.add(1); },
      [](IngestTelemetry& t) {
        // All the same number of times, so that nothing else gives it away.
        t.path(kMapped).submitted.add(kMaximum), t.path(kMapped).completed.add(kMaximum);
      },
      [](IngestTelemetry& t) { t.opens.add(kMaximum - 1), t.opens.add(2); },
  };
  for (std::size_t i = 0; i < changes.size(); ++i) {
    IngestTelemetry telemetry = clean_run();
    changes[i](telemetry);
    const Status status = telemetry.validate_completed_zero_copy(kMapped);
    ASSERT_FALSE(status) << "change " << i;
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_FALSE(clean_run().validate_completed_zero_copy(ReadPath::kNvmePassthrough));
}

TEST(IngestTelemetry, MergeAddsEveryCounter) {
  IngestTelemetry ones;
  // All members are counters, so that filling them in place reaches each.
  static_assert(sizeof ones % sizeof(Counter) == 0);
  auto* const counters = reinterpret_cast<Counter*>(&ones);
  constexpr std::size_t kCount = sizeof ones / sizeof(Counter);
  for (std::size_t i = 0; i < kCount; ++i) counters[i].add(i + 1);
  IngestTelemetry sum = ones;
  ASSERT_TRUE(sum.merge(ones));
  const auto* const summed = reinterpret_cast<const Counter*>(&sum);
  for (std::size_t i = 0; i < kCount; ++i) EXPECT_EQ(summed[i].value(), 2 * (i + 1)) << i;
}

TEST(IngestTelemetry, MergeFailsBeforeACounterWrapsAndChangesNothing) {
  IngestTelemetry full = clean_run();
  full.opens.add(kMaximum);
  IngestTelemetry more = clean_run();
  more.opens.add();
  const Status status = full.merge(more);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(full.opens.value(), kMaximum);
  EXPECT_EQ(full.path(kMapped).submitted.value(), 3u);
}

TEST(Counter, StaysAtItsMaximumAndSaysSo) {
  Counter counter;
  counter.add(kMaximum - 1);
  EXPECT_FALSE(counter.overflowed());
  counter.add(2);
  EXPECT_TRUE(counter.overflowed());
  counter.add(5);
  EXPECT_EQ(counter.value(), kMaximum);
}

}  // namespace
}  // namespace vyre
