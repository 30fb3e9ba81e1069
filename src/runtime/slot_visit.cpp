#include "runtime/slot_visit.hpp"

#include <algorithm>

namespace vyre::runtime {

HopTimes hops_of(const SlotTimes& times, std::int64_t clock_offset) noexcept {
  const auto on_host = [&](u64 machine) {
    if (machine == 0 || times.published == 0) return u64{0};
    const u64 host = machine + static_cast<u64>(clock_offset);
    return std::clamp(host, times.published, std::max(times.published, times.delivered));
  };
  const std::array<u64, kHops + 1> at = {
      times.taken,          times.submitted,      times.filled,    times.published,
      on_host(times.begun), on_host(times.ended), times.delivered, times.consumed};
  HopTimes result;
  u64 reached = 0;
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    if (at[hop] == 0 || at[hop + 1] == 0) continue;
    const u64 begin = std::max(reached, at[hop]);
    reached = std::max(begin, at[hop + 1]);
    result.hops[result.count++] = {static_cast<Hop>(hop), begin, reached};
  }
  return result;
}

}  // namespace vyre::runtime
