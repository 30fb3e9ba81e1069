#pragma once

#include "kernel/context.hpp"
#include "wire/atomics.hpp"

// Which tenant's slot is claimed next where several tenants have some.
//
// Start-time fair queueing: each tenant has a turn in virtual time, which moves on by what the
// tenant is charged, one for a claimed slot and more for the fuel that it used. Whose turn has come
// (it is not after the clock) is served as he is found; where nobody's has, the one with the least
// turn is, and the clock moves to it. What a slot costs is known when it has ended. Until then it
// is charged what the tenant's slots have cost lately: else a tenant could have as much under way
// as there is room before the first of it counts. A tenant that had nothing to do comes back
// kBurst of its slots behind the clock at most: it does not save up what it left to others. All
// words wrap, differences order them.
//
// Workers race here, and may: a lost update lets a tenant go a slot early or late, never a slot be
// lost or claimed twice, which tickets decide alone.
namespace vyre::kernel {

/// How far behind the clock a turn may be, in slots of the tenant.
inline constexpr u32 kBurst = 8;
/// Fuel that costs as much as a claim: about what a short built-in takes.
inline constexpr u32 kFuelPerCharge = 64;
/// Bounds of what a turn consists of, so that turns differ by less than 2^31.
inline constexpr u32 kMostAtOnce = 1u << 24;
inline constexpr u32 kMostExpected = 1u << 16;
inline constexpr std::int32_t kMostUnderWay = 1 << 13;
/// A turn is not farther behind than about this, however long its tenant has nothing to do.
inline constexpr std::int32_t kFarBehind = 1 << 28;

VYRE_HOST_DEVICE constexpr std::int32_t lead_of(u32 a, u32 b) {
  return static_cast<std::int32_t>(a - b);
}
VYRE_HOST_DEVICE constexpr bool is_before(u32 a, u32 b) { return lead_of(a, b) < 0; }

/// What a claim of the tenant is charged until it has ended.
VYRE_HOST_DEVICE inline u32 expected_charge(const ClaimLedger& ledger, u32 tenant) {
  return 1 + wire::relaxed_load(ledger.expected + tenant);
}

VYRE_HOST_DEVICE inline u32 turn_of(const ClaimLedger& ledger, u32 tenant) {
  const u32 claimed = wire::relaxed_load(ledger.claimed + tenant);
  std::int32_t under_way = lead_of(claimed, wire::relaxed_load(ledger.ended + tenant));
  under_way = under_way < 0 ? 0 : under_way > kMostUnderWay ? kMostUnderWay : under_way;
  return wire::relaxed_load(ledger.turns + tenant) + claimed +
         static_cast<u32>(under_way) * wire::relaxed_load(ledger.expected + tenant);
}

/// Whether the tenant's turn has come.
VYRE_HOST_DEVICE inline bool has_turn(const ClaimLedger& ledger, u32 tenant) {
  return !is_before(wire::relaxed_load(ledger.clock), turn_of(ledger, tenant));
}

/// Keeps the turn of one who has nothing to do from falling behind so far that it seems ahead.
VYRE_HOST_DEVICE inline void keep_up(const ClaimLedger& ledger, u32 tenant) {
  const u32 charged = wire::relaxed_load(ledger.turns + tenant);
  const std::int32_t behind = lead_of(wire::relaxed_load(ledger.clock), turn_of(ledger, tenant));
  if (behind <= kFarBehind) return;
  wire::relaxed_compare_exchange(ledger.turns + tenant, charged,
                                 charged + static_cast<u32>(behind - kFarBehind / 2));
}

/// Moves the clock on to the least turn of those who wait, as it was when they were looked at: not
/// as it is now, when others have perhaps served the same tenant. Each time that the clock has gone
/// far, all tenants keep up.
VYRE_HOST_DEVICE inline void move_clock(const ClaimLedger& ledger, u32 turn) {
  const u32 before = wire::relaxed_load(ledger.clock);
  if (!is_before(before, turn)) return;
  wire::relaxed_store(ledger.clock, turn);
  if ((before ^ turn) / kMostAtOnce == 0) return;
  for (u32 tenant = 0; tenant < wire::kMaxTenants; ++tenant) keep_up(ledger, tenant);
}

/// The tenant is served: `slots` of its claims have just been counted.
VYRE_HOST_DEVICE inline void take_turn(const ClaimLedger& ledger, u32 tenant, u32 slots) {
  const u32 each = expected_charge(ledger, tenant);
  const u32 turn = turn_of(ledger, tenant) - slots * each;
  const u32 least = wire::relaxed_load(ledger.clock) - kBurst * each;
  if (is_before(turn, least)) wire::relaxed_add(ledger.turns + tenant, least - turn);
}

/// `slots` of the tenant have ended, and used fuel.
VYRE_HOST_DEVICE inline void charge_fuel(const ClaimLedger& ledger, u32 tenant, u64 fuel,
                                         u32 slots) {
  const u64 charge = fuel / kFuelPerCharge;
  wire::relaxed_add(ledger.turns + tenant,
                    charge < kMostAtOnce ? static_cast<u32>(charge) : kMostAtOnce);
  if (slots == 0) return;
  const u64 each = charge / slots;
  const u32 seen = each < kMostExpected ? static_cast<u32>(each) : kMostExpected;
  const u32 before = wire::relaxed_load(ledger.expected + tenant);
  wire::relaxed_store(ledger.expected + tenant, (7 * before + seen + 7) / 8);
}

}  // namespace vyre::kernel
