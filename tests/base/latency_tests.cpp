#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

#include "vyre/latency.hpp"

namespace vyre {
namespace {

/// The value that `share` of the sorted samples do not exceed.
std::uint64_t true_quantile(const std::vector<std::uint64_t>& sorted, double share) {
  const auto rank = static_cast<std::size_t>(std::ceil(share * static_cast<double>(sorted.size())));
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

TEST(LatencyHistogram, IsEmptyAtFirst) {
  const LatencyHistogram histogram;
  EXPECT_EQ(histogram.count(), 0u);
  EXPECT_EQ(histogram.max(), 0u);
  EXPECT_EQ(histogram.quantile(0.5), 0u);
}

// Around every power of two, where buckets change their width.
TEST(LatencyHistogram, NamesASingleValueExactly) {
  std::vector<std::uint64_t> values = {0, ~std::uint64_t{0}};
  for (unsigned bits = 0; bits < 64; ++bits) {
    for (const std::uint64_t around : {-1, 0, 1})
      values.push_back((std::uint64_t{1} << bits) + around);
  }
  for (const std::uint64_t value : values) {
    LatencyHistogram histogram;
    histogram.record(value);
    for (const double share : {0.0, 0.5, 1.0}) EXPECT_EQ(histogram.quantile(share), value);
    EXPECT_EQ(histogram.max(), value);
  }
}

TEST(LatencyHistogram, IsNeverBelowAndLessThanOneSixteenthAbove) {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    LatencyHistogram histogram;
    std::vector<std::uint64_t> samples;
    for (int i = 0; i < 20'000; ++i) {
      // Of every magnitude below the last bucket.
      samples.push_back(random() >> (25 + random() % 39));
      histogram.record(samples.back());
    }
    std::sort(samples.begin(), samples.end());
    for (const double share : {0.0, 0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 0.9999, 1.0}) {
      const std::uint64_t right = true_quantile(samples, share);
      const std::uint64_t told = histogram.quantile(share);
      EXPECT_GE(told, right) << share;
      EXPECT_LE(told - right, right / LatencyHistogram::kSteps) << share;
    }
  }
}

TEST(LatencyHistogram, CountsWhatIsTooLongInItsLastBucket) {
  LatencyHistogram histogram;
  const std::uint64_t year = 31'557'600'000'000'000;
  for (int i = 0; i < 9; ++i) histogram.record(100);
  histogram.record(year);
  EXPECT_LE(histogram.quantile(0.9), 106u);
  EXPECT_EQ(histogram.quantile(0.95), year);
}

TEST(LatencyHistogram, MergedIsAsIfOneHadCountedAll) {
  std::mt19937_64 random(7);
  LatencyHistogram all;
  LatencyHistogram merged;
  for (int thread = 0; thread < 4; ++thread) {
    LatencyHistogram one;
    for (int i = 0; i < 1000; ++i) {
      const std::uint64_t value = random() % 1'000'000;
      one.record(value);
      all.record(value);
    }
    merged.merge(one);
  }
  EXPECT_EQ(merged.count(), 4000u);
  EXPECT_EQ(merged.max(), all.max());
  for (const double share : {0.1, 0.5, 0.99})
    EXPECT_EQ(merged.quantile(share), all.quantile(share));
}

TEST(LatencyHistogram, TakesSharesOutOfRangeForTheNearest) {
  LatencyHistogram histogram;
  for (const std::uint64_t value : {3, 5, 7}) histogram.record(value);
  EXPECT_EQ(histogram.quantile(-1), 3u);
  EXPECT_EQ(histogram.quantile(2), 7u);
}

}  // namespace
}  // namespace vyre
