#pragma once

#include "kernel/chunk.hpp"
#include "kernel/io_queue.hpp"

// Slots that use a region: programs over a chunk, and reads into an inbox.
namespace vyre::kernel {

/// The slot uses the outcome's inbox alone from here on; false where another does.
VYRE_HOST_DEVICE inline bool take_inbox(Park& park) {
  return wire::compare_exchange(&park.owner, 0, 1);
}
VYRE_HOST_DEVICE inline void give_back_inbox(Park& park) {
  wire::store_release_to_workers(&park.owner, 0);
}

/// Leaves in the park what goes on with the slot. Inside the region, which keeps its parks while
/// `parked` is not 0.
VYRE_HOST_DEVICE inline void fill_park(RegionEntry& region, Park& park, Claim claim,
                                       const wire::WorkSlot& slot) {
  park.claim = claim;
  park.slot = slot;
  wire::fetch_add(&region.parked, 1);
}

/// What makes a parked slot go on: after it, the slot may be another worker's already.
VYRE_HOST_DEVICE inline void await_io(const Context& context, Claim claim,
                                      const wire::WorkSlot& slot) {
  const QueueView& queue = context.queues[claim.queue];
  wire::store_release(&queue.slots[claim.position & (queue.capacity - 1)].status,
                      static_cast<u32>(wire::SlotStatus::kWaitIo));
  push_request(context, wire::io_destination(slot.arguments[wire::chunk_argument::kRegion],
                                             slot.arguments[wire::chunk_argument::kOutcome]));
}

/// Takes a parked slot up again: its claim, and the slot as it was.
VYRE_HOST_DEVICE inline Claim take_parked(const Context& context, u32 link, wire::WorkSlot& copy) {
  const Park& park = park_of(context, link);
  const Claim claim = park.claim;
  copy = park.slot;
  const QueueView& queue = context.queues[claim.queue];
  wire::store_release(&queue.slots[claim.position & (queue.capacity - 1)].status,
                      static_cast<u32>(wire::SlotStatus::kClaimed));
  return claim;
}

/// Enters the region of a slot; null where it is not active. A slot that was parked has left its
/// park when this returns, but for what it finds there inside.
VYRE_HOST_DEVICE inline RegionEntry* enter_region_of(const Context& context,
                                                     const wire::WorkSlot& slot, bool resumes) {
  const u32 index = slot.arguments[wire::chunk_argument::kRegion];
  if (index >= kMaxRegions) return nullptr;
  RegionEntry& region = context.regions[index];
  const bool entered = enter_region(region);
  if (resumes) wire::fetch_add(&region.parked, 0u - 1);
  return entered ? &region : nullptr;
}

/// The chunk of a slot and, where its program loads, its inbox, taken unless the slot resumes. The
/// leader alone.
VYRE_HOST_DEVICE inline SlotResult open_slot(const Context& context, const RegionEntry& region,
                                             const ProgramView& program, const wire::WorkSlot& slot,
                                             bool resumes, Chunk& chunk) {
  SlotResult result =
      open_chunk(region, slot.arguments, tenant_window(context, slot.tenant), chunk);
  if (result.fault_code != 0 || program.io_bytes == 0) return result;
  const u32 outcome = slot.arguments[wire::chunk_argument::kOutcome];
  result = open_inbox(region, outcome, program.io_bytes, slot.tenant, chunk);
  if (result.fault_code != 0) return result;
  chunk.resumes = resumes ? 1 : 0;
  if (!resumes && !take_inbox(*chunk.park)) {
    return slot_fault(wire::FaultCode::kInboxInUse, outcome);
  }
  return result;
}

/// Gives up a parked slot that may not go on.
VYRE_HOST_DEVICE inline void drop_parked(const Context& context, const wire::WorkSlot& slot) {
  RegionEntry* const region = enter_region_of(context, slot, true);
  if (region == nullptr) return;
  give_back_inbox(region->parks[slot.arguments[wire::chunk_argument::kOutcome]]);
  leave_region(*region);
}

/// What the group shares of a program's slot.
struct SlotRun {
  RegionEntry* region;
  Chunk chunk;
  SlotResult opened;
};

/// A user opcode: the slot's program over the slot's chunk, from the beginning or from where it was
/// parked. Every thread of the group calls it. The code kParked where it waits: await_io() is then
/// the caller's next step, and its last. `fuel` becomes what the run used, where it ended.
template <class Group, class Platform>
VYRE_HOST_DEVICE SlotResult run_program(const Context& context, Group group, Platform& platform,
                                        Claim claim, const wire::WorkSlot& slot, bool resumes,
                                        Registers& registers, RecordSink& sink, SlotRun& shared,
                                        u64& fuel) {
  const ProgramView* program = find_program(context, slot.tenant, slot.opcode);
  if (program == nullptr) return slot_fault(wire::FaultCode::kUnknownProgram, slot.opcode);
  if (group.leader()) {
    shared.region = enter_region_of(context, slot, resumes);
    if (shared.region != nullptr) {
      platform.begin_slot(claim);
      shared.opened = open_slot(context, *shared.region, *program, slot, resumes, shared.chunk);
      shared.chunk.cancelled = &slot_turn(context, claim).cancelled;
    }
  }
  group.sync();
  if (shared.region == nullptr) {
    return slot_fault(wire::FaultCode::kUnknownRegion,
                      slot.arguments[wire::chunk_argument::kRegion]);
  }
  SlotResult result = shared.opened;
  if (result.fault_code != 0 && group.leader()) platform.end_slot();
  if (result.fault_code == 0) {
    const Chunk chunk = shared.chunk;
    const bool times = context.keep_times != 0 && group.leader();
    if (times && !resumes) chunk.outcome->begun = platform.begin_time();
    result = platform.run_chunk(group, *program, chunk, registers, sink);
    // Before anything of the slot is touched that others see.
    if (group.leader()) platform.end_slot();
    if (result.fault_code != kParked) {
      if (times) chunk.outcome->ended = platform.end_time();
      fuel = chunk.outcome->fuel;
    }
    group.sync();
    if (group.leader() && chunk.park != nullptr) {
      if (result.fault_code == kParked) {
        fill_park(*shared.region, *chunk.park, claim, slot);
      } else {
        give_back_inbox(*chunk.park);
      }
    }
  }
  group.sync();
  if (group.leader()) leave_region(*shared.region);
  return result;
}

/// LOAD_MISS, from the beginning or when its request is over; the leader alone. The same codes as
/// run_program's.
VYRE_HOST_DEVICE inline SlotResult run_load_miss(const Context& context, Claim claim,
                                                 wire::WorkSlot& slot, bool resumes) {
  namespace argument = wire::load_miss_argument;
  const u32 outcome = slot.arguments[argument::kOutcome];
  RegionEntry* region = enter_region_of(context, slot, resumes);
  if (region == nullptr) {
    return slot_fault(wire::FaultCode::kUnknownRegion, slot.arguments[argument::kRegion]);
  }
  const u32 bytes = slot.arguments[argument::kBytes];
  SlotResult result{kParked, 0};
  if (outcome >= region->outcome_count) {
    result = slot_fault(wire::FaultCode::kOutcomeOutOfRange, outcome);
  } else if (region->inbox_bytes < bytes || region->inbox_bytes == 0) {
    result = slot_fault(wire::FaultCode::kInboxTooSmall, region->inbox_bytes);
  } else if (resumes) {
    Park& park = region->parks[outcome];
    slot.arguments[argument::kStatus] = park.status;
    give_back_inbox(park);
    result = {0, 0};
  } else if (slot.arguments[argument::kResource] >= wire::kMaxResourcesPerTenant) {
    slot.arguments[argument::kStatus] = static_cast<u32>(wire::IoStatus::kUnknownResource);
    result = {0, 0};
  } else if (!take_inbox(region->parks[outcome])) {
    result = slot_fault(wire::FaultCode::kInboxInUse, outcome);
  } else {
    Park& park = region->parks[outcome];
    park.request = {
        wire::io_source(slot.tenant, slot.arguments[argument::kResource]), bytes,
        join_words(slot.arguments[argument::kOffsetLow], slot.arguments[argument::kOffsetHigh])};
    fill_park(*region, park, claim, slot);
  }
  leave_region(*region);
  return result;
}

}  // namespace vyre::kernel
