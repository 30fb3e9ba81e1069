#pragma once

#include "base/units.hpp"
#include "vir0/isa.hpp"
#include "wire/outcome.hpp"

namespace vyre::kernel {

/// Lane values of a mask: all ones or zero, so that lane loops need no branches.
inline constexpr u32 kLaneSet = 0xFFFFFFFF;

/// What the group shares while it runs a program; about 13 KiB. Not initialised between tiles: the
/// verifier has proven that a program sets what it reads.
struct Registers {
  u64 scalars[vir0::kScalarRegisters];
  alignas(64) u32 vectors[vir0::kVectorRegisters][kLanes];
  alignas(64) u32 masks[vir0::kMaskRegisters][kLanes];
  /// Scratch of the macro-instructions.
  alignas(64) u32 counts[kLanes];
  /// Sums of the slot's `result` instructions.
  u64 results[wire::kOutcomeResults];
};

}  // namespace vyre::kernel
