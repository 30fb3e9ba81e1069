#include "vyre/latency.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vyre {
namespace {

// The greatest value that counts in the bucket.
constexpr std::uint64_t upper_end(std::uint32_t bucket) {
  constexpr std::uint32_t kSteps = LatencyHistogram::kSteps;
  if (bucket < kSteps) return bucket;
  const std::uint64_t steps = kSteps + bucket % kSteps + 1;
  return (steps << (bucket / kSteps - 1)) - 1;
}

}  // namespace

void LatencyHistogram::merge(const LatencyHistogram& other) noexcept {
  for (std::uint32_t i = 0; i < kBuckets; ++i) counts_[i] += other.counts_[i];
  max_ = std::max(max_, other.max_);
}

std::uint64_t LatencyHistogram::count() const noexcept {
  return std::accumulate(counts_.begin(), counts_.end(), std::uint64_t{0});
}

std::uint64_t LatencyHistogram::quantile(double share) const noexcept {
  const double wanted = std::ceil(std::clamp(share, 0.0, 1.0) * static_cast<double>(count()));
  std::uint64_t seen = 0;
  for (std::uint32_t i = 0; i + 1 < kBuckets; ++i) {
    seen += counts_[i];
    if (counts_[i] != 0 && static_cast<double>(seen) >= wanted) return std::min(upper_end(i), max_);
  }
  return max_;
}

std::string_view to_string(Hop hop) noexcept {
  constexpr std::array<std::string_view, kHops> kNames = {"submit", "read", "publish", "claim",
                                                          "run",    "take", "consume"};
  return kNames[static_cast<std::size_t>(hop)];
}

}  // namespace vyre
