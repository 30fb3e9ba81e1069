#pragma once

#include <array>
#include <memory>

#include "runtime/slot_visit.hpp"
#include "runtime/trace_buffer.hpp"
#include "vyre/latency.hpp"

namespace vyre::runtime {

/// Keeps what one ring's slots took for each hop, and writes it to a trace where one is asked for.
/// One thread. Cost of a visit: its times are put down, and counted together with those of others,
/// while the histograms are at hand; with a trace the formatting of its events.
class HopRecorder {
 public:
  /// `trace` is null where none is written.
  explicit HopRecorder(std::unique_ptr<TraceBuffer> trace) : trace_(std::move(trace)) {}

  /// Whether record() needs more of a visit than its times.
  [[nodiscard]] bool traces() const noexcept { return trace_ != nullptr; }
  /// `clock_offset` as cut_hops() takes it.
  void record(const SlotVisit& visit, std::int64_t clock_offset);
  /// Counts what was put down, and hands what the trace holds back to its file.
  void flush();
  /// Of all visits before the last flush().
  [[nodiscard]] const HopLatencies& latencies() const noexcept { return latencies_; }

 private:
  struct Noted {
    SlotTimes times;
    std::int64_t clock_offset;
  };
  void count_noted();

  HopLatencies latencies_;
  std::unique_ptr<TraceBuffer> trace_;
  std::array<Noted, 64> noted_;
  std::size_t noted_count_ = 0;
};

}  // namespace vyre::runtime
