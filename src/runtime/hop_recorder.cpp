#include "runtime/hop_recorder.hpp"

namespace vyre::runtime {

void HopRecorder::record(const SlotVisit& visit, std::int64_t clock_offset) {
  const HopTimes times = hops_of(visit.times, clock_offset);
  for (const HopTime& hop : times.all()) {
    latencies_[static_cast<std::size_t>(hop.hop)].record(hop.end - hop.begin);
  }
  if (trace_ != nullptr) trace_->add(visit, times.all());
}

void HopRecorder::flush() {
  if (trace_ != nullptr) trace_->flush();
}

}  // namespace vyre::runtime
