#pragma once

#include "kernel/context.hpp"
#include "wire/atomics.hpp"

// Which tenant's slot is claimed next where several tenants have some.
//
// Start-time fair queueing: each tenant has a turn in virtual time, which moves on by what the
// tenant is charged, one for a claimed slot and more for the fuel that it used. Whose turn has come
// (it is not after the clock) is served as he is found; where nobody's has, the one with the least
// turn is, and the clock moves to it. A tenant that had nothing to do comes back kBurst behind the
// clock at most: it does not save up what it left to others. All words wrap, differences order
// them.
//
// Workers race here, and may: a lost update lets a tenant go a slot early or late, never a slot be
// lost or claimed twice, which tickets decide alone.
namespace vyre::kernel {

/// How far behind the clock a turn may be, in charges.
inline constexpr u32 kBurst = 8;
/// Fuel that costs as much as a claim: about what a short built-in takes.
inline constexpr u32 kFuelPerCharge = 64;

VYRE_HOST_DEVICE constexpr bool is_before(u32 a, u32 b) {
  return static_cast<std::int32_t>(a - b) < 0;
}

VYRE_HOST_DEVICE inline u32 turn_of(const ClaimLedger& ledger, u32 tenant) {
  return wire::relaxed_load(ledger.turns + tenant);
}

/// Whether the tenant's turn has come.
VYRE_HOST_DEVICE inline bool has_turn(const ClaimLedger& ledger, u32 tenant) {
  return !is_before(wire::relaxed_load(ledger.clock), turn_of(ledger, tenant));
}

/// The tenant is served: charges the claim, and moves the clock on to its turn.
VYRE_HOST_DEVICE inline void take_turn(const ClaimLedger& ledger, u32 tenant) {
  const u32 clock = wire::relaxed_load(ledger.clock);
  const u32 turn = turn_of(ledger, tenant);
  if (is_before(clock, turn)) wire::relaxed_store(ledger.clock, turn);
  if (is_before(turn, clock - kBurst)) {
    wire::relaxed_store(ledger.turns + tenant, clock - kBurst + 1);
  } else {
    wire::relaxed_add(ledger.turns + tenant, 1);
  }
}

/// A slot of the tenant used fuel.
VYRE_HOST_DEVICE inline void charge_fuel(const ClaimLedger& ledger, u32 tenant, u64 fuel) {
  const u64 charge = fuel / kFuelPerCharge;
  constexpr u32 kMostAtOnce = 1u << 24;
  wire::relaxed_add(ledger.turns + tenant,
                    charge < kMostAtOnce ? static_cast<u32>(charge) : kMostAtOnce);
}

}  // namespace vyre::kernel
