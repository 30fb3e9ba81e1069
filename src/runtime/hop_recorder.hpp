#pragma once

#include <memory>

#include "runtime/slot_visit.hpp"
#include "runtime/trace_buffer.hpp"
#include "vyre/latency.hpp"

namespace vyre::runtime {

/// Keeps what one ring's slots took for each hop, and writes it to a trace where one is asked for.
/// One thread. Cost of a visit: some additions; with a trace the formatting of its events.
class HopRecorder {
 public:
  /// `trace` is null where none is written.
  explicit HopRecorder(std::unique_ptr<TraceBuffer> trace) : trace_(std::move(trace)) {}

  /// `clock_offset` as hops_of() takes it.
  void record(const SlotVisit& visit, std::int64_t clock_offset);
  /// Hands what the trace holds back to its file.
  void flush();
  [[nodiscard]] const HopLatencies& latencies() const noexcept { return latencies_; }

 private:
  HopLatencies latencies_;
  std::unique_ptr<TraceBuffer> trace_;
};

}  // namespace vyre::runtime
