#pragma once

#include "wire/platform.hpp"

// The constant table that the `automaton` macro-instruction reads. All words little-endian, all
// offsets in bytes from the table's first byte, every section 4-byte aligned.
//
// Find: a DFA for "some factor ends here". All factors have at most `window` bytes, so the state
// after a byte depends on the last `window` bytes alone; a scan may begin anywhere if it begins in
// state 0 at least `window - 1` bytes before the first position that it reports. States at or above
// `first_accept` accept; accepting state s has the members [accept[s - first_accept],
// accept[s - first_accept + 1]).
//
// Check: each member names a value to emit and, unless kNoCheck, an automaton that is run forward
// from the byte after the factor. It emits unless the check reaches state 0 (reject). State 1
// accepts at once; so do `limit` bytes without rejection, and the end of the chunk: a check only
// ever rejects what cannot match.
//
// Reference meaning: for each position p in ascending order such that a factor of the table ends
// with byte p (all of it inside the chunk), for each member in order whose check accepts at p + 1:
// emit {offset = p, value = member.value}.
namespace vyre::wire {

inline constexpr u32 kAutomatonMagic = 0x30545541;  // "AUT0"
inline constexpr u32 kAutomatonMaxWindow = 64;
inline constexpr u32 kAutomatonMaxLimit = 2048;
inline constexpr u32 kAutomatonMaxStates = 65535;
inline constexpr u32 kNoCheck = 0xFFFFFFFF;

struct AutomatonHeader {
  u32 magic;
  u32 total_bytes;
  u32 window;
  u32 state_count;
  /// A row of the transition table has 1 << class_bits entries (u16 next state); 0..8.
  u32 class_bits;
  u32 first_accept;
  /// u8[256]: byte -> class, each below 1 << class_bits.
  u32 byte_class_offset;
  /// u16[state_count << class_bits]. State 0 is the start.
  u32 transitions_offset;
  /// u32[state_count - first_accept + 1].
  u32 accept_offset;
  u32 member_count;
  /// AutomatonMember[member_count].
  u32 members_offset;
  u32 check_count;
  /// AutomatonCheck[check_count].
  u32 checks_offset;
  u32 reserved[3];
};
static_assert(sizeof(AutomatonHeader) == 64);

struct AutomatonMember {
  u32 value;
  u32 check;
};

struct AutomatonCheck {
  u32 state_count;
  u32 class_bits;
  u32 start;
  /// Bytes after which a run that has not rejected accepts; 1..kAutomatonMaxLimit.
  u32 limit;
  u32 byte_class_offset;
  u32 transitions_offset;
};

}  // namespace vyre::wire
