#include <gtest/gtest.h>

#include <cstdlib>
#include <random>

#include "backend/cuda/device_clock.hpp"

namespace vyre::backend {
namespace {

constexpr u64 kMicrosecond = 1000;
constexpr u64 kMillisecond = 1'000'000;

TEST(DeviceClock, KnowsNothingBeforeTheDeviceHasWritten) {
  DeviceClock clock;
  clock.saw(0, 5 * kMillisecond);
  EXPECT_EQ(clock.offset(), 0);
  clock.saw(2 * kMillisecond, 5 * kMillisecond);
  EXPECT_EQ(clock.offset(), static_cast<std::int64_t>(3 * kMillisecond));
  clock.restart();
  EXPECT_EQ(clock.offset(), 0);
}

TEST(DeviceClock, TellsADeviceThatIsAhead) {
  DeviceClock clock;
  clock.saw(1'700'000'000'000'000'000, 1000);
  EXPECT_EQ(clock.offset(), 1000 - 1'700'000'000'000'000'000);
}

/// Two clocks that drift apart, a word that is up to 80 us old, a host that looks every 5 ms. The
/// greatest error once the first tenth of a second has passed.
std::int64_t greatest_error(double drift, u64 seed) {
  std::mt19937_64 random(seed);
  DeviceClock clock;
  constexpr u64 kDeviceBegin = 7'000'000'000;
  std::int64_t greatest = 0;
  u64 host = 1'000'000'000;
  for (int look = 0; look < 4000; ++look) {
    host += 5 * kMillisecond + random() % (100 * kMicrosecond);
    const u64 written = host - random() % (80 * kMicrosecond);
    const auto device = static_cast<u64>(static_cast<double>(written) * (1 + drift));
    clock.saw(kDeviceBegin + device, host);
    const auto at_once = static_cast<u64>(static_cast<double>(host) * (1 + drift));
    const auto truth = static_cast<std::int64_t>(host - (kDeviceBegin + at_once));
    if (look > 20) greatest = std::max(greatest, std::abs(clock.offset() - truth));
  }
  return greatest;
}

TEST(DeviceClock, FollowsClocksThatDriftApart) {
  for (const double drift : {0.0, 20e-6, -20e-6}) {
    for (const u64 seed : {1u, 2u, 3u}) {
      EXPECT_LT(greatest_error(drift, seed), static_cast<std::int64_t>(40 * kMicrosecond))
          << drift << ", seed " << seed;
    }
  }
}

}  // namespace
}  // namespace vyre::backend
