#pragma once

#include "kernel/context.hpp"
#include "wire/atomics.hpp"

// Whether a tenant's slots may be claimed: its mask, and its quotas of slots and fuel.
//
// The host alone writes mask and quotas, the claimers alone what they are held against; both count
// up for ever and wrap. So neither side ever sets the other's words back, and a new period is a
// quota that is as much greater.
namespace vyre::kernel {

/// A tenant's words of the host's control block.
struct TenantWords {
  u32 mask;
  u32 slot_quota;
  u32 fuel_quota;
};

VYRE_HOST_DEVICE inline TenantWords read_tenant(const Context& context, u32 tenant) {
  const u32* words = context.host_control;
  // The host writes the quotas before the mask that says so.
  const u32 mask = wire::load_acquire(words + wire::control::kTenantMasks + tenant);
  return {mask, wire::load_acquire(words + wire::control::kQuotas + tenant),
          wire::load_acquire(words + wire::control::kFuelQuotas + tenant)};
}

VYRE_HOST_DEVICE constexpr bool quota_left(u32 used, u32 quota) {
  return static_cast<std::int32_t>(used - quota) < 0;
}

/// False where slots of a registered tenant wait. Those of no tenant do not: they are claimed, to
/// end in FAULT.
VYRE_HOST_DEVICE constexpr bool may_run(const TenantWords& words, u32 claimed, u32 fuel_used) {
  if ((words.mask & wire::tenant_mask::kRegistered) == 0) return true;
  if ((words.mask & wire::tenant_mask::kAuthorised) == 0) return false;
  if ((words.mask & wire::tenant_mask::kFuelQuota) != 0 &&
      !quota_left(fuel_used, words.fuel_quota)) {
    return false;
  }
  return (words.mask & wire::tenant_mask::kSlotQuota) == 0 || quota_left(claimed, words.slot_quota);
}

VYRE_HOST_DEVICE inline bool tenant_may_run(const Context& context, u32 tenant) {
  if (tenant >= wire::kMaxTenants) return true;
  return may_run(read_tenant(context, tenant), wire::relaxed_load(context.ledger.claimed + tenant),
                 wire::relaxed_load(context.ledger.fuel_used + tenant));
}

/// Counts a claim of the tenant before it is made; false, and nothing is counted, where the quota
/// of slots is used up: so that claimers who race stay within it.
VYRE_HOST_DEVICE inline bool count_claim(const ClaimLedger& ledger, const TenantWords& words,
                                         u32 tenant) {
  if ((words.mask & wire::tenant_mask::kSlotQuota) == 0) {
    wire::relaxed_add(ledger.claimed + tenant, 1);
    return true;
  }
  if (quota_left(wire::relaxed_fetch_add(ledger.claimed + tenant, 1), words.slot_quota))
    return true;
  wire::relaxed_add(ledger.claimed + tenant, 0u - 1);
  return false;
}

VYRE_HOST_DEVICE inline bool is_registered(const Context& context, u32 tenant) {
  return tenant < wire::kMaxTenants &&
         (wire::load_acquire(context.host_control + wire::control::kTenantMasks + tenant) &
          wire::tenant_mask::kRegistered) != 0;
}

}  // namespace vyre::kernel
