#include "runtime/hop_recorder.hpp"

#include <span>

namespace vyre::runtime {

void HopRecorder::record(const SlotVisit& visit, std::int64_t clock_offset) {
  noted_[noted_count_++] = {visit.times, clock_offset};
  if (noted_count_ == noted_.size()) count_noted();
  if (trace_ != nullptr) trace_->add(visit, hops_of(visit.times, clock_offset).all());
}

void HopRecorder::count_noted() {
  for (const Noted& visit : std::span(noted_).first(noted_count_)) {
    cut_hops(visit.times, visit.clock_offset, [&](Hop hop, u64 begin, u64 end) {
      latencies_[static_cast<std::size_t>(hop)].record(end - begin);
    });
  }
  noted_count_ = 0;
}

void HopRecorder::flush() {
  count_noted();
  if (trace_ != nullptr) trace_->flush();
}

}  // namespace vyre::runtime
