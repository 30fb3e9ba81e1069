#pragma once

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>
#include <vector>

namespace vyre::bench::gpu {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Wall seconds that one call takes.
template <class Function>
double seconds_of(Function function) {
  const Clock::time_point start = Clock::now();
  function();
  return seconds_since(start);
}

/// Median, extremes and all values of at least one figure, in the order given.
inline nlohmann::json spread_of(const std::vector<double>& values) {
  std::vector<double> sorted = values;
  std::sort(sorted.begin(), sorted.end());
  return {{"median", sorted[sorted.size() / 2]},
          {"min", sorted.front()},
          {"max", sorted.back()},
          {"repetitions", values}};
}

/// What many samples of a latency come to; seconds.
inline nlohmann::json percentiles_of(std::vector<double> samples) {
  std::sort(samples.begin(), samples.end());
  const auto at = [&samples](double share) {
    const auto index = static_cast<std::size_t>(share * static_cast<double>(samples.size()));
    return samples[std::min(index, samples.size() - 1)];
  };
  return {{"samples", samples.size()}, {"median", at(0.5)},      {"p99", at(0.99)},
          {"p999", at(0.999)},         {"min", samples.front()}, {"max", samples.back()}};
}

}  // namespace vyre::bench::gpu
