#pragma once

#include "kernel/context.hpp"
#include "kernel/fair_share.hpp"
#include "kernel/tenant_gate.hpp"
#include "wire/atomics.hpp"

// How a worker comes to own a slot. A slot's words in PCIe-shared memory know no read-modify-write,
// so workers agree by a ticket per slot in their own memory: position p is claimed by moving the
// ticket from p + 1 - capacity to p + 1. A slot is offered again only when its previous worker has
// left it wholly (`finished`), not already when the host saw its status.
//
// Which one: the most urgent band that has something; there the own queue first, then the others;
// where several tenants are authorised, whose turn it is (kernel/fair_share.hpp). A worker that has
// passed over a band for long looks there first (ClaimHistory): so a band waits a bounded number of
// claims, and one that is empty holds nobody up.
namespace vyre::kernel {

inline constexpr u32 kNoQueue = 0xFFFFFFFF;
/// How far behind the first slot that may run a claimer looks for another tenant's.
inline constexpr u32 kLookAhead = 256;

VYRE_HOST_DEVICE inline SlotTurn& slot_turn(const Context& context, Claim claim) {
  const QueueView& queue = context.queues[claim.queue];
  return queue.turns[claim.position & (queue.capacity - 1)];
}

/// Of one worker: how many claims in a row it has made from more urgent bands than each.
struct ClaimHistory {
  u32 passed_over[wire::kBands];
};

/// Claims from more urgent bands before a worker looks into this one first. The most urgent band
/// has the shares 1 - 1/16 - 1/32 - 1/64 - 1/128 of the claims at least where all have work.
VYRE_HOST_DEVICE constexpr u32 patience_of(u32 band) {
  constexpr u32 kMostUrgent = 8;
  return kMostUrgent << band;
}

/// True where position `p` waits for a worker; whether its tenant may run is another matter.
VYRE_HOST_DEVICE inline bool waits_for_claim(const QueueView& queue, u32 p) {
  const u32 index = p & (queue.capacity - 1);
  const u32 previous = p + 1 - queue.capacity;
  const SlotTurn& turn = queue.turns[index];
  return wire::load_acquire(&turn.claimed) == previous &&
         wire::load_acquire(&turn.finished) == previous &&
         wire::load_acquire(&queue.slots[index].status) ==
             static_cast<u32>(wire::SlotStatus::kPublished);
}

VYRE_HOST_DEVICE inline u32 tenant_at(const QueueView& queue, u32 p) {
  return wire::load_acquire(&queue.slots[p & (queue.capacity - 1)].tenant);
}

/// Positions that may be waiting: [head, head + count). A hostile tail cannot widen it beyond the
/// ring.
VYRE_HOST_DEVICE inline u32 waiting(const QueueView& queue, u32 head) {
  const u32 count = wire::load_acquire(queue.tail) - head;
  return count < queue.capacity ? count : queue.capacity;
}

/// Moves `head` past positions that are claimed.
VYRE_HOST_DEVICE inline u32 advance_head(const QueueView& queue) {
  u32 head = wire::load_acquire(&queue.state->head);
  while (wire::load_acquire(&queue.turns[head & (queue.capacity - 1)].claimed) == head + 1) {
    if (wire::compare_exchange(&queue.state->head, head, head + 1)) {
      ++head;
    } else {
      head = wire::load_acquire(&queue.state->head);
    }
  }
  return head;
}

/// Claims position `p` for this worker, unless another was faster or the tenant's quota is used up.
VYRE_HOST_DEVICE inline bool try_claim(const Context& context, u32 view, u32 p, u32 tenant) {
  const QueueView& queue = context.queues[view];
  const bool known = tenant < wire::kMaxTenants;
  if (known && !count_claim(context.ledger, read_tenant(context, tenant), tenant)) return false;
  SlotTurn& turn = queue.turns[p & (queue.capacity - 1)];
  if (wire::compare_exchange(&turn.claimed, p + 1 - queue.capacity, p + 1)) {
    wire::relaxed_add(context.ledger.by_band + band_of(view), 1);
    return true;
  }
  if (known) wire::relaxed_add(context.ledger.claimed + tenant, 0u - 1);
  return false;
}

/// The slot with the least turn among those whose tenants have to wait for theirs.
struct LeastTurn {
  Claim claim;
  u32 tenant;
  u32 turn;
};

VYRE_HOST_DEVICE inline void keep_least(const ClaimLedger& ledger, LeastTurn& least, Claim claim,
                                        u32 tenant) {
  const u32 turn = turn_of(ledger, tenant);
  if (least.claim.queue == kNoQueue || is_before(turn, least.turn)) least = {claim, tenant, turn};
}

/// Claims the first position of the view that may run and whose tenant has its turn; slots of
/// others are passed over. Where tenants do not share, all have their turn.
VYRE_HOST_DEVICE inline bool claim_from(const Context& context, u32 view, bool shares,
                                        LeastTurn& least, Claim& claim) {
  const QueueView& queue = context.queues[view];
  if (wire::load_acquire(queue.tail) == wire::load_acquire(&queue.state->head)) return false;
  const u32 head = advance_head(queue);
  u32 count = waiting(queue, head);
  bool found = false;
  for (u32 i = 0; i < count; ++i) {
    const u32 p = head + i;
    if (!waits_for_claim(queue, p)) continue;
    const u32 tenant = tenant_at(queue, p);
    if (!tenant_may_run(context, tenant)) continue;
    if (shares && tenant < wire::kMaxTenants && !has_turn(context.ledger, tenant)) {
      keep_least(context.ledger, least, {view, p}, tenant);
      if (!found && count - i > kLookAhead) count = i + kLookAhead;
      found = true;
      continue;
    }
    if (!try_claim(context, view, p, tenant)) continue;
    if (shares && tenant < wire::kMaxTenants) take_turn(context.ledger, tenant, 1);
    claim = {view, p};
    return true;
  }
  return false;
}

/// Claims from the band of the worker's own queue first, then of the others in turn.
VYRE_HOST_DEVICE inline bool claim_from_band(const Context& context, u32 worker, u32 band,
                                             Claim& claim) {
  const bool shares =
      wire::load_acquire(context.host_control + wire::control::kAuthorisedTenants) > 1;
  // Again where somebody was faster: then there may be more.
  for (LeastTurn least{{0, 0}, 0, 0}; least.claim.queue != kNoQueue;) {
    least.claim.queue = kNoQueue;
    for (u32 i = 0; i < context.queue_count; ++i) {
      const u32 queue = (worker + i) % context.queue_count;
      if (claim_from(context, queue * wire::kBands + band, shares, least, claim)) return true;
    }
    if (least.claim.queue == kNoQueue) return false;
    if (try_claim(context, least.claim.queue, least.claim.position, least.tenant)) {
      move_clock(context.ledger, least.turn);
      take_turn(context.ledger, least.tenant, 1);
      claim = least.claim;
      return true;
    }
  }
  return false;
}

/// The band that this worker has passed over for too long; kBands where there is none.
VYRE_HOST_DEVICE inline u32 aged_band(const ClaimHistory& history) {
  for (u32 band = wire::kBands - 1; band > 0; --band) {
    if (history.passed_over[band] >= patience_of(band)) return band;
  }
  return wire::kBands;
}

/// Claims what is most urgent; nothing there: {kNoQueue, 0}.
VYRE_HOST_DEVICE inline Claim claim_next(const Context& context, u32 worker,
                                         ClaimHistory& history) {
  Claim claim{kNoQueue, 0};
  for (u32 aged = aged_band(history); aged != wire::kBands; aged = aged_band(history)) {
    history.passed_over[aged] = 0;
    if (!claim_from_band(context, worker, aged, claim)) continue;
    wire::relaxed_add(context.ledger.aged, 1);
    return claim;
  }
  for (u32 band = 0; band < wire::kBands; ++band) {
    if (!claim_from_band(context, worker, band, claim)) continue;
    for (u32 later = band + 1; later < wire::kBands; ++later) ++history.passed_over[later];
    history.passed_over[band] = 0;
    return claim;
  }
  return claim;
}

/// True where some worker could claim something now.
VYRE_HOST_DEVICE inline bool any_claimable(const Context& context) {
  for (u32 view = 0; view < context.queue_count * wire::kBands; ++view) {
    const QueueView& queue = context.queues[view];
    const u32 head = wire::load_acquire(&queue.state->head);
    const u32 count = waiting(queue, head);
    for (u32 k = 0; k < count; ++k) {
      if (waits_for_claim(queue, head + k) && tenant_may_run(context, tenant_at(queue, head + k))) {
        return true;
      }
    }
  }
  return false;
}

}  // namespace vyre::kernel
