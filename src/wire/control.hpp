#pragma once

#include "wire/platform.hpp"

// The control block. There are two: the host's, of which it alone writes SHUTDOWN, masks, quotas
// and priority offsets, and the workers', of which they alone write the rest.
namespace vyre::wire {

namespace control {
inline constexpr u32 kShutdown = 0;
inline constexpr u32 kDoneCount = 1;
/// By tenant: a TenantMask.
inline constexpr u32 kTenantMasks = 2;
/// By tenant, where its mask has kSlotQuota: slots that it may have claimed in all, modulo 2^32.
inline constexpr u32 kQuotas = 32;
/// By tenant: slots of its that were claimed, modulo 2^32. What kQuotas is held against.
inline constexpr u32 kFairness = 64;
/// One counter per built-in opcode 0..7, then PRINTF, PACKED_SLOT, user opcodes, faults.
inline constexpr u32 kMetrics = 96;
inline constexpr u32 kMetricPrintf = kMetrics + 8;
inline constexpr u32 kMetricPackedSlots = kMetrics + 9;
inline constexpr u32 kMetricPrograms = kMetrics + 10;
inline constexpr u32 kMetricFaults = kMetrics + 11;
/// Fences of all tenants that have completed.
inline constexpr u32 kEpoch = 128;
/// By band, and one more for the end: its first slot, counted from its queue's first.
inline constexpr u32 kPriorityOffsets = 129;
/// Slots that were claimed before more urgent ones, because their band had waited long.
inline constexpr u32 kStarvation = 135;
/// By band: slots that were claimed.
inline constexpr u32 kPriorityFairness = 136;
/// Result of the built-in that ran last at a ring position, modulo kObservableCount; queues share
/// the words, so with several queues read the slot's own argument instead.
inline constexpr u32 kObservable = 160;
inline constexpr u32 kObservableCount = 64;
/// By tenant: its fences that have completed.
inline constexpr u32 kTenantEpochs = 224;
/// How many tenants are authorised: where it is more than one, claimers share out.
inline constexpr u32 kAuthorisedTenants = 254;
/// By tenant, where its mask has kFuelQuota: fuel that it may have used in all, in kFuelUnit,
/// modulo 2^32.
inline constexpr u32 kFuelQuotas = 256;
/// By tenant: fuel that its programs have used, in kFuelUnit, each slot's rounded up.
inline constexpr u32 kFuelUsed = 288;
/// By tenant: slots that ended DONE or FAULT, and those of them that ended in FAULT.
inline constexpr u32 kTenantDone = 320;
inline constexpr u32 kTenantFaults = 352;
inline constexpr u32 kWords = 384;
}  // namespace control

/// Tenants 0 .. kMaxTenants-1.
inline constexpr u32 kMaxTenants = control::kQuotas - control::kTenantMasks;
inline constexpr u32 kFuelUnit = 1024;

/// What a tenant's mask word says. 0: there is no such tenant, and its slots end in FAULT.
namespace tenant_mask {
/// Its slots are kept, and run where kAuthorised is there too.
inline constexpr u32 kRegistered = 1;
inline constexpr u32 kAuthorised = 2;
inline constexpr u32 kSlotQuota = 4;
inline constexpr u32 kFuelQuota = 8;
/// From this bit on it counts the changes of the tenant's quota words, so that who watches the mask
/// alone knows when to read them again.
inline constexpr u32 kChangesShift = 4;
}  // namespace tenant_mask

struct alignas(64) ControlBlock {
  u32 words[control::kWords];
};

}  // namespace vyre::wire
