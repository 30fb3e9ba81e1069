#pragma once

#include "base/units.hpp"
#include "vir0/isa.hpp"
#include "wire/outcome.hpp"

namespace vyre::kernel {

/// Lane values of a mask: all ones or zero, so that lane loops need no branches.
inline constexpr u32 kLaneSet = 0xFFFFFFFF;

/// As many as the macro-instructions of a GPU need: a histogram for each warp, CRC tables.
inline constexpr u32 kScratchWords = 1024;

/// What the group shares while it runs a program; about 20 KiB. Registers are not initialised
/// between tiles: the verifier has proven that a program sets what it reads.
///
/// A lane's element of a vector or mask is touched by the thread that plays the lane alone, except
/// inside a cross-lane instruction, which begins and ends with sync(). Hence instructions on lanes
/// alone need no sync.
struct Registers {
  alignas(64) u32 vectors[vir0::kVectorRegisters][kLanes];
  alignas(64) u32 masks[vir0::kMaskRegisters][kLanes];
  /// Of one cross-lane or macro-instruction at a time.
  alignas(64) u32 scratch[kScratchWords];
  /// The chunk's result words so far; written by the leader, or by all between two syncs.
  u64 results[wire::kOutcomeResults];
  /// The file's carry; the same.
  u64 carry[wire::kOutcomeCarryWords];
};

}  // namespace vyre::kernel
