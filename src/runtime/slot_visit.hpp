#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "ingest/slot.hpp"
#include "vyre/latency.hpp"

namespace vyre::runtime {

/// When a slot came where, nanoseconds of the steady clock; 0 where it never did. Those of the
/// workers, `begun` and `ended`, are of their own clock.
struct SlotTimes {
  u64 taken = 0;
  u64 submitted = 0;
  u64 filled = 0;
  u64 published = 0;
  u64 begun = 0;
  u64 ended = 0;
  u64 delivered = 0;
  u64 consumed = 0;
};

/// One slot's way, from its first read to its consumer.
struct SlotVisit {
  u32 slot = 0;
  /// Bytes that it held.
  u32 bytes = 0;
  SlotTimes times;
  /// What it held; valid until the slot is recycled.
  std::span<const ingest::Extent> extents = {};
  /// What ran over it; 0 where nothing did.
  u32 opcode = 0;
  /// A wire::FaultCode where the run ended so.
  u32 fault = 0;
};

/// A hop that a slot took, on the host's steady clock; `end` is not before `begin`.
struct HopTime {
  Hop hop = Hop::kSubmit;
  u64 begin = 0;
  u64 end = 0;
};

/// The hops of one visit, in their order, none before the end of the one before it.
struct HopTimes {
  std::array<HopTime, kHops> hops{};
  std::size_t count = 0;
  [[nodiscard]] std::span<const HopTime> all() const noexcept {
    return std::span(hops).first(count);
  }
};

/// Cuts a visit into the hops of which beginning and end are known, and gives take(hop, begin, end)
/// each of them, in their order. `clock_offset` brings the workers' times to the host's clock, with
/// an error (Backend::clock_offset): so they are held between publication and delivery.
template <class Take>
void cut_hops(const SlotTimes& times, std::int64_t clock_offset, Take take) {
  const auto on_host = [&](u64 machine) {
    if (machine == 0 || times.published == 0) return u64{0};
    const u64 host = machine + static_cast<u64>(clock_offset);
    return std::clamp(host, times.published, std::max(times.published, times.delivered));
  };
  const std::array<u64, kHops + 1> at = {
      times.taken,          times.submitted,      times.filled,    times.published,
      on_host(times.begun), on_host(times.ended), times.delivered, times.consumed};
  u64 reached = 0;
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    if (at[hop] == 0 || at[hop + 1] == 0) continue;
    const u64 begin = std::max(reached, at[hop]);
    reached = std::max(begin, at[hop + 1]);
    take(static_cast<Hop>(hop), begin, reached);
  }
}

/// The same, as a value.
HopTimes hops_of(const SlotTimes& times, std::int64_t clock_offset) noexcept;

}  // namespace vyre::runtime
