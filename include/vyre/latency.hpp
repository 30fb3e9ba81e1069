#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace vyre {

/// How long something took, many times: counts in buckets whose width is at most 1/16 of their
/// lower end (log-linear, as HdrHistogram's), so that a quantile is never below the true one and
/// less than 1/16 above it. Fixed size, 5 KiB; no sample allocates. One writer at a time; merge()
/// joins those of several threads.
class LatencyHistogram {
 public:
  /// Buckets for each power of two, and for what lies below the first.
  static constexpr std::uint32_t kSteps = 16;
  /// Longer times, from 2^40 ns (18 minutes) on, count in the last bucket; max() is exact.
  static constexpr std::uint32_t kBits = 40;
  static constexpr std::uint32_t kBuckets = (kBits - 3) * kSteps;

  /// Cost: an addition to one word, a look at another.
  void record(std::uint64_t nanoseconds) noexcept {
    ++counts_[bucket_of(nanoseconds)];
    if (nanoseconds > max_) max_ = nanoseconds;
  }
  void merge(const LatencyHistogram& other) noexcept;

  /// Samples. Cost: a look at each bucket.
  [[nodiscard]] std::uint64_t count() const noexcept;
  /// Exact; 0 where there is no sample.
  [[nodiscard]] std::uint64_t max() const noexcept { return max_; }
  /// Nanoseconds that `share` of the samples (0..1; beyond, the nearest) did not exceed: the upper
  /// end of their last bucket, at most max(). 0 where there is no sample.
  [[nodiscard]] std::uint64_t quantile(double share) const noexcept;

 private:
  static constexpr std::uint32_t bucket_of(std::uint64_t value) noexcept {
    if (value < kSteps) return static_cast<std::uint32_t>(value);
    const auto bits = static_cast<std::uint32_t>(std::bit_width(value));
    if (bits > kBits) return kBuckets - 1;
    return (bits - 4) * kSteps + static_cast<std::uint32_t>(value >> (bits - 5)) % kSteps;
  }

  std::array<std::uint64_t, kBuckets> counts_{};
  std::uint64_t max_ = 0;
};

/// The hops of a slot, from its first read to its consumer; each ends where the next begins.
enum class Hop : std::uint8_t {
  /// From the slot being taken for reads to these being handed to the kernel (SQE).
  kSubmit,
  /// Until the last of its reads has completed (CQE).
  kRead,
  /// Until it is published to the workers: its program's order, or a full queue, may hold it back.
  kPublish,
  /// Until a worker begins with it (claim).
  kClaim,
  /// Until the worker has written the outcome (done).
  kRun,
  /// Until the ring's thread takes it back, slots being delivered in the order of their reads.
  kTake,
  /// Inside the consumer.
  kConsume,
};
inline constexpr std::size_t kHops = 7;

/// "submit", "read", "publish", "claim", "run", "take", "consume".
std::string_view to_string(Hop hop) noexcept;

/// By Hop. A slot that no program ran over has samples of kSubmit, kRead and kConsume alone.
using HopLatencies = std::array<LatencyHistogram, kHops>;

}  // namespace vyre
