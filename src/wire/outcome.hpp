#pragma once

#include <compare>

#include "wire/platform.hpp"

namespace vyre::wire {

/// One result that a program emitted: a position in its chunk and a value of the program's choice
/// (for `scan`: the pattern's index).
struct Record {
  u32 offset;
  u32 value;
  friend bool operator==(const Record&, const Record&) = default;
  friend auto operator<=>(const Record&, const Record&) = default;
};
static_assert(sizeof(Record) == 8);

inline constexpr u32 kOutcomeResults = 4;

/// What a program run left behind; followed in memory by `capacity` Records. Written by the worker
/// before the slot's status, read by the host after it.
struct alignas(64) OutcomeHeader {
  u32 fault_code;
  u32 fault_instruction;
  /// Records the run emitted. Above the capacity, none is kept: the outcome is the count alone, so
  /// that it does not depend on the order in which tiles ran.
  u32 record_count;
  u32 tiles;
  u64 fuel;
  /// Sums that the program's `result` instructions accumulated over all tiles.
  u64 results[kOutcomeResults];
};
static_assert(sizeof(OutcomeHeader) == 64);

}  // namespace vyre::wire
