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

/// Result words that a program may declare, and carry words of a file.
inline constexpr u32 kOutcomeResults = 512;
inline constexpr u32 kOutcomeCarryWords = 16;

/// What a program run left behind, where it did not fault; of one that did, the fault words and
/// `tiles`, and no records, since workers may have shared the chunk and gone on elsewhere in it;
/// followed in memory by `capacity` Records, then by the run's output bytes. Written by the worker
/// before the slot's status, read by the host after it; `carry` is written by the host before
/// publication, by the worker after it.
struct alignas(64) OutcomeHeader {
  u32 fault_code;
  u32 fault_instruction;
  /// Number of the faulting tile in its chunk; the first one in order that faults.
  u32 fault_tile;
  /// Records the run emitted. Above the capacity, none is kept: the outcome is the count alone, so
  /// that it does not depend on the order in which tiles ran.
  u32 record_count;
  u32 tiles;
  /// Result words that the program declares.
  u32 result_count;
  u64 fuel;
  /// Bytes that the run copied to its output. Above the capacity, none is kept.
  u64 output_bytes;
  /// When a worker began the run, and when its end: nanoseconds of the machine's clock (see
  /// Backend::clock_offset). 0, as the host left it, where the machine keeps no times, or the slot
  /// ended without a run.
  u64 begun;
  u64 ended;
  u64 reserved;
  /// In: the file's carry before the chunk's first tile. Out: after its last.
  u64 carry[kOutcomeCarryWords];
  /// The chunk's part of each result word, combined over its tiles; the words from `result_count`
  /// on are left as they were.
  u64 results[kOutcomeResults];
};
static_assert(sizeof(OutcomeHeader) == 64 + 8 * (kOutcomeCarryWords + kOutcomeResults));

}  // namespace vyre::wire
