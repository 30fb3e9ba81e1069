#pragma once

#include <atomic>
#include <cstdint>

namespace vyre::scan {

/// What a scan has seen and found.
struct ScanTotals {
  /// Files that the stream took, with or without an error.
  std::uint64_t files = 0;
  std::uint64_t files_with_matches = 0;
  std::uint64_t bytes = 0;
  /// Records that the program emitted.
  std::uint64_t candidates = 0;
  /// Times RE2 was asked whether a line or a window matches.
  std::uint64_t confirmations = 0;
  /// Matching lines, or matches of rules.
  std::uint64_t matches = 0;
  /// Bytes outside a chunk that were read again for a confirmation.
  std::uint64_t bytes_read_again = 0;
  /// Errors of files that were told.
  std::uint64_t errors = 0;

  ScanTotals& operator+=(const ScanTotals& other) noexcept {
    files += other.files;
    files_with_matches += other.files_with_matches;
    bytes += other.bytes;
    candidates += other.candidates;
    confirmations += other.confirmations;
    matches += other.matches;
    bytes_read_again += other.bytes_read_again;
    errors += other.errors;
    return *this;
  }
};

/// The totals of one consumer, readable while it runs: one thread publishes, any thread reads.
class alignas(64) ScanCounters {
 public:
  /// Adds what was counted since the last call. Called once per chunk, never per record.
  void publish(const ScanTotals& delta) noexcept {
    add(files_, delta.files);
    add(files_with_matches_, delta.files_with_matches);
    add(bytes_, delta.bytes);
    add(candidates_, delta.candidates);
    add(confirmations_, delta.confirmations);
    add(matches_, delta.matches);
    add(bytes_read_again_, delta.bytes_read_again);
    add(errors_, delta.errors);
  }

  [[nodiscard]] ScanTotals read() const noexcept {
    return {.files = load(files_),
            .files_with_matches = load(files_with_matches_),
            .bytes = load(bytes_),
            .candidates = load(candidates_),
            .confirmations = load(confirmations_),
            .matches = load(matches_),
            .bytes_read_again = load(bytes_read_again_),
            .errors = load(errors_)};
  }

 private:
  using Counter = std::atomic<std::uint64_t>;
  // One writer: a load and a store, without the cost of a locked add.
  static void add(Counter& counter, std::uint64_t delta) noexcept {
    if (delta != 0) counter.store(load(counter) + delta, std::memory_order_relaxed);
  }
  static std::uint64_t load(const Counter& counter) noexcept {
    return counter.load(std::memory_order_relaxed);
  }

  Counter files_{0};
  Counter files_with_matches_{0};
  Counter bytes_{0};
  Counter candidates_{0};
  Counter confirmations_{0};
  Counter matches_{0};
  Counter bytes_read_again_{0};
  Counter errors_{0};
};

}  // namespace vyre::scan
