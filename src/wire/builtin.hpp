#pragma once

#include "wire/platform.hpp"
#include "wire/work_slot.hpp"

// Arguments of the built-in opcodes, as indices into WorkSlot::arguments. Indices address u32 words
// of the slot's tenant's state window. An opcode with a result writes it over its first argument
// and into the control block's observable word of its ring position.
//
//   NOP                                     nothing
//   STORE_U32     index, value              window[index] = value
//   ATOMIC_ADD    index, addend             result = window[index]; window[index] += addend
//   LOAD_U32      index                     result = window[index]
//   COMPARE_SWAP  index, expected, desired  result = window[index]; if equal, = desired
//   MEMCPY        target, source, words     as if through a copy: ranges may overlap
//   DFA_STEP      state, table, stride, symbol
//                 s = window[state]; result = window[state] = window[table + s * stride + symbol]
//   BATCH_FENCE   (see fence_argument)      the tenant's epoch += 1 when every earlier slot of it
//   in
//                                           the same queue has finished, whatever its priority;
//                                           until then the slot stays CLAIMED and occupies no
//                                           worker
//   PRINTF        format id, 3 arguments    appended to the debug log
//   SHUTDOWN                                workers drain the rings, then exit
//
// ATOMIC_ADD and COMPARE_SWAP are atomic among all workers; STORE_U32 and LOAD_U32 are single
// accesses; MEMCPY and DFA_STEP are not atomic as a whole.
namespace vyre::wire {

/// How many arguments an opcode reads, which is also its length in a packed slot; kNotPackable for
/// opcodes that a packed slot cannot hold.
inline constexpr u32 kNotPackable = 0xFFFFFFFF;
VYRE_HOST_DEVICE constexpr u32 packable_arguments(u32 opcode) {
  switch (static_cast<Opcode>(opcode)) {
    case Opcode::kNop:
      return 0;
    case Opcode::kLoadU32:
      return 1;
    case Opcode::kStoreU32:
    case Opcode::kAtomicAdd:
      return 2;
    case Opcode::kCompareSwap:
    case Opcode::kMemcpy:
      return 3;
    case Opcode::kDfaStep:
    case Opcode::kPrintf:
      return 4;
    default:
      return kNotPackable;
  }
}

/// PACKED_SLOT: arguments[0] is the number of operations, 1..11. They follow without gaps, each a
/// header word (opcode in bits 0..15, argument count in bits 16..31) and its arguments; a result
/// replaces the operation's first argument. The shape is checked whole before any of it runs
/// (kMalformedPackedSlot, nothing ran); an operation that faults ends the slot (the ones before it
/// have run).
inline constexpr u32 kPackedOperations = 0;
inline constexpr u32 kPackedFirst = 1;
inline constexpr u32 kMaxPackedOperations = kSlotArguments - kPackedFirst;
VYRE_HOST_DEVICE constexpr u32 packed_header(u32 opcode, u32 arguments) {
  return (opcode & 0xFFFF) | arguments << 16;
}

/// BATCH_FENCE: what was published before it. Written by the host's queue, not by who publishes.
namespace fence_argument {
/// By band: its tail when the fence was published, the fence itself not counted.
inline constexpr u32 kTails = 0;
/// Bit b: band b holds slots that its producer had not taken back then.
inline constexpr u32 kBands = 5;
}  // namespace fence_argument

/// One PRINTF. The log is a cursor word, which counts every PRINTF, and the first `capacity`
/// records.
struct DebugRecord {
  u32 format;
  u32 arguments[3];
  friend bool operator==(const DebugRecord&, const DebugRecord&) = default;
};
static_assert(sizeof(DebugRecord) == 16);

}  // namespace vyre::wire
