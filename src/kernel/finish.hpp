#pragma once

#include "kernel/builtins.hpp"
#include "kernel/claim.hpp"

// How a slot ends, and the fences that wait for it.
//
// On CPUs; a device's dispatcher looks after fences alone (backend/cuda/device/fences.hpp).
//
// A fence whose tenant has earlier unfinished slots in its queue, in whatever band, is parked: a
// flag in workers' memory, no worker waits on it. What "earlier" is in other bands, the producer
// has written into the fence. Whoever finishes a slot looks for parked fences that it released. No
// release is lost: the finisher stores `finished`, then does a read-modify-write on
// `parked_fences`; the parker stores its flag, then does a read-modify-write on the same word and
// looks itself. The later of the two sees what the earlier stored, so one of them finds the fence
// ready; if both do, a compare-exchange of the flag decides.
namespace vyre::kernel {

VYRE_HOST_DEVICE inline void write_fault(wire::WorkSlot& slot, SlotResult result) {
  slot.arguments[wire::kFaultCodeArgument] = result.fault_code;
  slot.arguments[wire::kFaultDetailArgument] = result.fault_detail;
}

/// Gives the slot back to the host: counters, results (already in the slot), release, status; then
/// leaves it to the next claimer. The status goes first, so that an epoch never runs ahead of what
/// the host sees.
template <class Platform>
VYRE_HOST_DEVICE void complete(const Context& context, Platform& platform, Claim claim, u32 tenant,
                               SlotResult result) {
  const QueueView& queue = context.queues[claim.queue];
  const u32 index = claim.position & (queue.capacity - 1);
  wire::WorkSlot& slot = queue.slots[index];
  const bool failed = result.fault_code != 0;
  if (tenant < wire::kMaxTenants) {
    bump(context, wire::control::kTenantDone + tenant);
    if (failed) bump(context, wire::control::kTenantFaults + tenant);
  }
  if (failed) {
    write_fault(slot, result);
    bump(context, wire::control::kMetricFaults);
  }
  bump(context, wire::control::kDoneCount);
  wire::store_release(
      &slot.status, static_cast<u32>(failed ? wire::SlotStatus::kFault : wire::SlotStatus::kDone));
  wire::store_release_to_workers(&queue.turns[index].finished, claim.position + 1);
  platform.completed(queue);
}

/// Threads that look for fences together.
struct OneThread {
  VYRE_HOST_DEVICE u32 rank() const { return 0; }
  VYRE_HOST_DEVICE u32 size() const { return 1; }
  VYRE_HOST_DEVICE bool any(bool value) const { return value; }
};

/// True where a slot of the tenant is unfinished among the positions of the band before `end`. A
/// slot that the host takes back while we look has finished: its tenant word then belongs to a
/// later position, and whatever it says, `finished` follows and its worker looks again. This
/// member's part of the team.
template <class Team>
VYRE_HOST_DEVICE bool waits_for_band(Team team, const QueueView& band, u32 end, u32 tenant) {
  const u32 mask = band.capacity - 1;
  for (u32 back = 1 + team.rank(); back <= band.capacity; back += team.size()) {
    const u32 p = end - back;
    const u32 finished = wire::load_acquire(&band.turns[p & mask].finished);
    const bool unfinished = static_cast<std::int32_t>(finished - (p + 1)) < 0;
    if (unfinished && wire::load_acquire(&band.slots[p & mask].tenant) == tenant) return true;
  }
  return false;
}

/// True where no slot of the fence's tenant that was published before it is unfinished. The whole
/// team.
template <class Team>
VYRE_HOST_DEVICE bool fence_ready(const Context& context, Team team, u32 view, u32 index) {
  const QueueView& own = context.queues[view];
  const FenceWait& wait = own.fences[index];
  const u32 tenant = wire::load_acquire(&own.slots[index].tenant);
  const u32 bands = wire::relaxed_load(&wait.bands);
  bool waits = false;
  for (u32 band = 0; band < wire::kBands && !waits; ++band) {
    if ((bands >> band & 1) == 0) continue;
    const QueueView& other = context.queues[queue_of(view) * wire::kBands + band];
    waits = waits_for_band(team, other, wire::relaxed_load(&wait.tails[band]), tenant);
  }
  return !team.any(waits);
}

/// What SlotTurn::fence_parked says of a fence at this position: not another fence's, should the
/// slot have been used again while somebody looked.
VYRE_HOST_DEVICE constexpr u32 parked_mark(u32 position) { return position | 0x80000000; }

/// Completes the fence parked at slot `index` of a band if it is ready; false where there is none.
/// The whole team.
template <class Team, class Platform>
VYRE_HOST_DEVICE bool try_fence(const Context& context, Team team, Platform& platform, u32 view,
                                u32 index) {
  const QueueView& queue = context.queues[view];
  SlotTurn& turn = queue.turns[index];
  const u32 mark = wire::load_acquire(&turn.fence_parked);
  if (!team.any(mark != 0)) return false;
  const u32 fence = wire::load_acquire(&turn.claimed) - 1;
  if (!fence_ready(context, team, view, index)) return false;
  const bool ours = team.rank() == 0 && mark == parked_mark(fence) &&
                    wire::compare_exchange(&turn.fence_parked, mark, 0);
  if (ours) {
    const u32 tenant = wire::load_acquire(&queue.slots[index].tenant);
    bump(context, wire::control::kEpoch);
    bump(context, wire::control::kTenantEpochs + tenant % wire::kMaxTenants);
    bump(context, wire::control::kMetrics + static_cast<u32>(wire::Opcode::kBatchFence));
    complete(context, platform, {view, fence}, tenant, {0, 0});
    wire::fetch_add(queue.parked_fences, 0u - 1);
  }
  return team.any(ours);
}

/// Completes every parked fence of the queue that is ready; one may release the next. `view` is any
/// band of it.
template <class Platform>
VYRE_HOST_DEVICE void resolve_fences(const Context& context, Platform& platform, u32 view) {
  const u32 first = queue_of(view) * wire::kBands;
  bool progress = true;
  while (progress) {
    progress = false;
    for (u32 band = 0; band < wire::kBands; ++band) {
      for (u32 index = 0; index < context.queues[first + band].capacity; ++index) {
        progress |= try_fence(context, OneThread{}, platform, first + band, index);
      }
    }
  }
}

/// True where a fence can have been published with these arguments: in its own band nothing but
/// what comes before it, in another no more than its producer can have written without showing it
/// yet. One that claims more could wait for ever.
VYRE_HOST_DEVICE inline bool fence_holds(const Context& context, Claim claim,
                                         const u32* arguments) {
  const u32 first = queue_of(claim.queue) * wire::kBands;
  const u32 bands = arguments[wire::fence_argument::kBands];
  if (bands >> wire::kBands != 0) return false;
  for (u32 band = 0; band < wire::kBands; ++band) {
    const u32 tail = arguments[wire::fence_argument::kTails + band];
    if (first + band == claim.queue) {
      if (tail != claim.position) return false;
    } else if ((bands >> band & 1) != 0) {
      const QueueView& other = context.queues[first + band];
      const u32 most = wire::load_acquire(other.tail) + other.capacity;
      if (static_cast<std::int32_t>(most - tail) < 0) return false;
    }
  }
  return true;
}

/// Leaves a claimed fence with these arguments to whoever finds it ready: he must look after this.
VYRE_HOST_DEVICE inline void leave_fence(const Context& context, Claim claim,
                                         const u32* arguments) {
  const QueueView& queue = context.queues[claim.queue];
  const u32 index = claim.position & (queue.capacity - 1);
  FenceWait& wait = queue.fences[index];
  for (u32 band = 0; band < wire::kBands; ++band) {
    wire::relaxed_store(&wait.tails[band], arguments[wire::fence_argument::kTails + band]);
  }
  wire::relaxed_store(&wait.bands, arguments[wire::fence_argument::kBands]);
  wire::store_release_to_workers(&queue.turns[index].fence_parked, parked_mark(claim.position));
  wire::fetch_add(queue.parked_fences, 1);
}

/// Parks a claimed fence, or completes it at once where it is ready.
template <class Platform>
VYRE_HOST_DEVICE void park_fence(const Context& context, Platform& platform, Claim claim,
                                 const u32* arguments) {
  leave_fence(context, claim, arguments);
  resolve_fences(context, platform, claim.queue);
}

/// Ends a slot that is not a fence.
template <class Platform>
VYRE_HOST_DEVICE void finish(const Context& context, Platform& platform, Claim claim, u32 tenant,
                             SlotResult result) {
  complete(context, platform, claim, tenant, result);
  if (wire::fetch_add(context.queues[claim.queue].parked_fences, 0) != 0) {
    resolve_fences(context, platform, claim.queue);
  }
}

}  // namespace vyre::kernel
