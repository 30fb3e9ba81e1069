#pragma once

#include "wire/platform.hpp"
#include "wire/work_slot.hpp"

namespace vyre::wire {

/// Head of one work ring. `tail` counts publications (it wraps at 2^32); slot `tail % capacity` is
/// the next to be published. Written by the one producer only, after the slot.
struct alignas(64) QueueHeader {
  u32 tail;
};

}  // namespace vyre::wire
