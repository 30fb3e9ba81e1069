#pragma once

#include "kernel/builtins.hpp"
#include "kernel/claim.hpp"

// How a slot ends, and the fences that wait for it.
//
// On CPUs; a device's dispatcher looks after fences alone (backend/cuda/device/fences.hpp).
//
// A fence whose tenant has earlier unfinished slots in its queue is parked: a flag in workers'
// memory, no worker waits on it. Whoever finishes a slot looks for parked fences that it released.
// No release is lost: the finisher stores `finished`, then does a read-modify-write on
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
VYRE_HOST_DEVICE void complete(const Context& context, Platform& platform, Claim claim,
                               SlotResult result) {
  const QueueView& queue = context.queues[claim.queue];
  const u32 index = claim.position & (queue.capacity - 1);
  wire::WorkSlot& slot = queue.slots[index];
  const bool failed = result.fault_code != 0;
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

/// True where no slot of the fence's tenant before the fence is unfinished. A slot that the host
/// takes back while we look has finished: its tenant word then belongs to a later position, and
/// whatever it says, `finished` follows and its worker looks again. The whole team.
template <class Team>
VYRE_HOST_DEVICE bool fence_ready(Team team, const QueueView& queue, u32 fence) {
  const u32 mask = queue.capacity - 1;
  const u32 tenant = wire::load_acquire(&queue.slots[fence & mask].tenant);
  bool waits = false;
  for (u32 back = 1 + team.rank(); back < queue.capacity && !waits; back += team.size()) {
    const u32 p = fence - back;
    const u32 finished = wire::load_acquire(&queue.turns[p & mask].finished);
    const bool unfinished = static_cast<std::int32_t>(finished - (p + 1)) < 0;
    waits = unfinished && wire::load_acquire(&queue.slots[p & mask].tenant) == tenant;
  }
  return !team.any(waits);
}

/// Completes the fence parked at slot `index` if it is ready; false where there is none. The whole
/// team.
template <class Team, class Platform>
VYRE_HOST_DEVICE bool try_fence(const Context& context, Team team, Platform& platform,
                                u32 queue_index, u32 index) {
  const QueueView& queue = context.queues[queue_index];
  SlotTurn& turn = queue.turns[index];
  if (!team.any(wire::load_acquire(&turn.fence_parked) != 0)) return false;
  const u32 fence = wire::load_acquire(&turn.claimed) - 1;
  if (!fence_ready(team, queue, fence)) return false;
  const bool ours = team.rank() == 0 && wire::compare_exchange(&turn.fence_parked, 1, 0);
  if (ours) {
    bump(context, wire::control::kEpoch);
    bump(context, wire::control::kMetrics + static_cast<u32>(wire::Opcode::kBatchFence));
    complete(context, platform, {queue_index, fence}, {0, 0});
    wire::fetch_add(&queue.state->parked_fences, 0u - 1);
  }
  return team.any(ours);
}

/// Completes every parked fence of the queue that is ready; one may release the next.
template <class Platform>
VYRE_HOST_DEVICE void resolve_fences(const Context& context, Platform& platform, u32 queue_index) {
  bool progress = true;
  while (progress) {
    progress = false;
    for (u32 index = 0; index < context.queues[queue_index].capacity; ++index) {
      progress |= try_fence(context, OneThread{}, platform, queue_index, index);
    }
  }
}

/// Leaves a claimed fence to whoever finds it ready: he must look after this.
VYRE_HOST_DEVICE inline void leave_fence(const Context& context, Claim claim) {
  const QueueView& queue = context.queues[claim.queue];
  wire::store_release_to_workers(&queue.turns[claim.position & (queue.capacity - 1)].fence_parked,
                                 1);
  wire::fetch_add(&queue.state->parked_fences, 1);
}

/// Parks a claimed fence, or completes it at once where it is ready.
template <class Platform>
VYRE_HOST_DEVICE void park_fence(const Context& context, Platform& platform, Claim claim) {
  leave_fence(context, claim);
  resolve_fences(context, platform, claim.queue);
}

/// Ends a slot that is not a fence.
template <class Platform>
VYRE_HOST_DEVICE void finish(const Context& context, Platform& platform, Claim claim,
                             SlotResult result) {
  complete(context, platform, claim, result);
  if (wire::fetch_add(&context.queues[claim.queue].state->parked_fences, 0) != 0) {
    resolve_fences(context, platform, claim.queue);
  }
}

}  // namespace vyre::kernel
