#pragma once

#include "wire/platform.hpp"

// The work ring's slot: 16 little-endian words that host and device share.
//
// One writer at a time: the turn passes through the status word. The host writes a slot only while
// it is EMPTY and ends with PUBLISHED; a worker writes it from then on and ends with DONE or FAULT;
// the host takes it back by writing EMPTY.
namespace vyre::wire {

inline constexpr u32 kSlotWords = 16;
inline constexpr u32 kSlotArguments = 12;

enum class SlotStatus : u32 {
  kEmpty = 0,
  kPublished = 1,
  kClaimed = 2,
  kDone = 3,
  kWaitIo = 4,
  kYield = 5,
  kRequeue = 6,
  kFault = 7,
};

enum class Priority : u32 { kCritical = 0, kHigh = 1, kNormal = 2, kLow = 3, kIdle = 4 };

/// Built-in opcodes. Everything below kUserOpcodeBase that is not named here is reserved.
enum class Opcode : u32 {
  kNop = 0,
  kStoreU32 = 1,
  kAtomicAdd = 2,
  kLoadU32 = 3,
  kCompareSwap = 4,
  kMemcpy = 5,
  kDfaStep = 6,
  kBatchFence = 7,
  kLoadMiss = 0xFFFD,
  kPrintf = 0xFFFE,
  kPackedSlot = 0x80000001,
  kShutdown = 0xFFFFFFFF,
};

/// User opcodes: tenant t's program i is kUserOpcodeBase + t * kUserOpcodeWindow + i.
inline constexpr u32 kUserOpcodeBase = 0x40000000;
inline constexpr u32 kUserOpcodeWindow = 1u << 20;

struct alignas(64) WorkSlot {
  u32 status;
  u32 opcode;
  u32 tenant;
  u32 priority;
  u32 arguments[kSlotArguments];
};
static_assert(sizeof(WorkSlot) == 64);

/// Arguments of a user opcode (a program run over one chunk), as indices into
/// `WorkSlot::arguments`. A chunk is `length` bytes at `data offset` of region `kRegion`; bytes
/// [own begin, own end) are its own, the rest is halo that neighbours own.
namespace chunk_argument {
inline constexpr u32 kDataOffsetLow = 0;
inline constexpr u32 kDataOffsetHigh = 1;
inline constexpr u32 kLength = 2;
inline constexpr u32 kOwnBegin = 3;
inline constexpr u32 kOwnEnd = 4;
inline constexpr u32 kFileOffsetLow = 5;
inline constexpr u32 kFileOffsetHigh = 6;
/// Index of the outcome that the run writes, within the region's outcomes.
inline constexpr u32 kOutcome = 7;
inline constexpr u32 kRegion = 8;
}  // namespace chunk_argument

}  // namespace vyre::wire
