#pragma once

#include "kernel/context.hpp"
#include "wire/atomics.hpp"

// How a worker comes to own a slot. A slot's words in PCIe-shared memory know no read-modify-write,
// so workers agree by a ticket per slot in their own memory: position p is claimed by moving the
// ticket from p + 1 - capacity to p + 1. A slot is offered again only when its previous worker has
// left it wholly (`finished`), not already when the host saw its status.
namespace vyre::kernel {

inline constexpr u32 kNoQueue = 0xFFFFFFFF;

struct Claim {
  u32 queue;
  u32 position;
};

VYRE_HOST_DEVICE inline bool tenant_may_run(const Context& context, u32 tenant) {
  // An unknown tenant is claimed, to end in FAULT.
  return tenant >= wire::kMaxTenants ||
         wire::load_acquire(context.host_control + wire::control::kTenantMasks + tenant) != 0;
}

/// True where position `p` waits for a worker and may run.
VYRE_HOST_DEVICE inline bool claimable(const Context& context, const QueueView& queue, u32 p) {
  const u32 index = p & (queue.capacity - 1);
  const u32 previous = p + 1 - queue.capacity;
  const SlotTurn& turn = queue.turns[index];
  if (wire::load_acquire(&turn.claimed) != previous) return false;
  if (wire::load_acquire(&turn.finished) != previous) return false;
  const wire::WorkSlot& slot = queue.slots[index];
  if (wire::load_acquire(&slot.status) != static_cast<u32>(wire::SlotStatus::kPublished)) {
    return false;
  }
  return tenant_may_run(context, wire::load_acquire(&slot.tenant));
}

/// Positions that may be waiting: [head, head + count). A hostile tail cannot widen it beyond the
/// ring.
VYRE_HOST_DEVICE inline u32 waiting(const QueueView& queue, u32 head) {
  const u32 count = wire::load_acquire(&queue.header->tail) - head;
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

/// Claims the first position of the queue that may run; slots of masked tenants are passed over.
VYRE_HOST_DEVICE inline bool claim_from(const Context& context, u32 queue_index, Claim& claim) {
  const QueueView& queue = context.queues[queue_index];
  const u32 head = advance_head(queue);
  const u32 count = waiting(queue, head);
  for (u32 i = 0; i < count; ++i) {
    const u32 p = head + i;
    if (!claimable(context, queue, p)) continue;
    SlotTurn& turn = queue.turns[p & (queue.capacity - 1)];
    if (wire::compare_exchange(&turn.claimed, p + 1 - queue.capacity, p + 1)) {
      claim = {queue_index, p};
      return true;
    }
  }
  return false;
}

/// Claims from the worker's own queue first, then from the others in turn.
VYRE_HOST_DEVICE inline Claim claim_next(const Context& context, u32 worker) {
  Claim claim{kNoQueue, 0};
  for (u32 i = 0; i < context.queue_count; ++i) {
    if (claim_from(context, (worker + i) % context.queue_count, claim)) return claim;
  }
  return {kNoQueue, 0};
}

/// True where some worker could claim something now.
VYRE_HOST_DEVICE inline bool any_claimable(const Context& context) {
  for (u32 i = 0; i < context.queue_count; ++i) {
    const QueueView& queue = context.queues[i];
    const u32 head = wire::load_acquire(&queue.state->head);
    const u32 count = waiting(queue, head);
    for (u32 k = 0; k < count; ++k) {
      if (claimable(context, queue, head + k)) return true;
    }
  }
  return false;
}

}  // namespace vyre::kernel
