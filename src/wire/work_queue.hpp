#pragma once

#include "wire/platform.hpp"
#include "wire/work_slot.hpp"

namespace vyre::wire {

/// One for each Priority. A queue is as many rings, its bands, so that urgent work is found without
/// looking at what waits.
inline constexpr u32 kBands = 5;

/// Head of one work queue. A band's tail counts its publications (it wraps at 2^32); the band's
/// slot `tail % capacity` is the next to be published. Written by the one producer only, after the
/// slot.
struct alignas(64) QueueHeader {
  u32 tails[kBands];
};

}  // namespace vyre::wire
