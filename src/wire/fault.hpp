#pragma once

#include "wire/platform.hpp"

namespace vyre::wire {

/// Why a slot ended in FAULT. Written to `arguments[kFaultCodeArgument]` of the slot (and, for a
/// program, to its outcome); `arguments[kFaultDetailArgument]` holds the offending value or the
/// instruction index.
enum class FaultCode : u32 {
  kNone = 0,
  kUnknownOpcode = 1,
  kUnknownTenant = 2,
  kIndexOutOfRange = 3,
  kUnknownProgram = 4,
  kUnknownRegion = 5,
  kChunkOutOfRange = 6,
  kOutcomeOutOfRange = 7,
  kTileOutOfRange = 8,
  kFuelExhausted = 9,
  kMalformedPackedSlot = 10,
  kTableOutOfRange = 12,
  kWindowOutOfRange = 13,
  kOutputOutOfRange = 14,
  kEmitBudgetExhausted = 15,
  kMalformedFence = 16,
  kInboxOutOfRange = 17,
  /// The region has no inboxes, or smaller ones than the slot needs.
  kInboxTooSmall = 18,
  /// Another slot that loads uses the outcome.
  kInboxInUse = 19,
  /// The host took the slot back before it had run to its end (WorkQueue::cancel).
  kCancelled = 20,
  /// The same, since its time was over.
  kDeadlineExceeded = 21,
  /// The worker that had the slot hangs or has ended; the program may have run in part. The detail
  /// is the worker's number.
  kWorkerLost = 22,
};

inline constexpr u32 kFaultCodeArgument = 10;
inline constexpr u32 kFaultDetailArgument = 11;

}  // namespace vyre::wire
