#include "runtime/slot_visit.hpp"

namespace vyre::runtime {

HopTimes hops_of(const SlotTimes& times, std::int64_t clock_offset) noexcept {
  HopTimes result;
  cut_hops(times, clock_offset, [&](Hop hop, u64 begin, u64 end) {
    result.hops[result.count++] = {hop, begin, end};
  });
  return result;
}

}  // namespace vyre::runtime
