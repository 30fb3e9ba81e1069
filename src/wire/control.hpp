#pragma once

#include "wire/platform.hpp"

// The control block: 256 words. SHUTDOWN, masks and quotas are written by the host alone;
// DONE_COUNT, EPOCH, metrics and observable results by the workers.
namespace vyre::wire {

namespace control {
inline constexpr u32 kShutdown = 0;
inline constexpr u32 kDoneCount = 1;
inline constexpr u32 kTenantMasks = 2;
inline constexpr u32 kQuotas = 32;
inline constexpr u32 kFairness = 64;
/// One counter per built-in opcode 0..7, then PRINTF, PACKED_SLOT, user opcodes, faults.
inline constexpr u32 kMetrics = 96;
inline constexpr u32 kMetricPrintf = kMetrics + 8;
inline constexpr u32 kMetricPackedSlots = kMetrics + 9;
inline constexpr u32 kMetricPrograms = kMetrics + 10;
inline constexpr u32 kMetricFaults = kMetrics + 11;
inline constexpr u32 kEpoch = 128;
inline constexpr u32 kPriorityOffsets = 129;
inline constexpr u32 kStarvation = 135;
inline constexpr u32 kPriorityFairness = 136;
/// Result of the built-in that ran last at a ring position, modulo kObservableCount; queues share
/// the words, so with several queues read the slot's own argument instead.
inline constexpr u32 kObservable = 160;
inline constexpr u32 kObservableCount = 64;
inline constexpr u32 kWords = 256;
}  // namespace control

/// Tenants 0 .. kMaxTenants-1; a tenant may run while its mask word is not zero.
inline constexpr u32 kMaxTenants = control::kQuotas - control::kTenantMasks;

struct alignas(64) ControlBlock {
  u32 words[control::kWords];
};

}  // namespace vyre::wire
