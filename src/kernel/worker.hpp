#pragma once

#include "kernel/builtins.hpp"
#include "kernel/claim.hpp"
#include "kernel/finish.hpp"
#include "kernel/group.hpp"
#include "kernel/run_program.hpp"

// The persistent worker. A Platform supplies what differs between machines:
//   SlotResult run_chunk(group, const ProgramView&, const Chunk&, Registers&, RecordSink&)
//        kernel::run_chunk with this platform, perhaps compiled for the machine at hand
//   scan, count_byte, class_bitmap, histogram, find_count, find_emit, crc32c_part, xxh64
//        the macro-instructions, with the results of PortablePlatform (record order is free)
//   void sort(group, wire::Record*, u32 count, u32* scratch)
//        the order of sort_records; the whole group, between two syncs
//   u64 begin_time(), end_time()          nanoseconds of the machine's clock, one for all workers,
//        at which a run begins and ends; a run may begin when its worker's last one ended
//   void begin_slot(Claim), begin_tile(const TileView&), end_slot()
//        the worker is at a slot with a program, at its next tile, at none: for who watches. The
//        leader calls the first and the last, while the region is entered. They may throw, on a
//        host, to end a worker whose slot somebody else has ended.
//   void completed(const QueueView&)      a slot of this queue has its final status
//   void io_published(const IoView&)      the io queue holds requests that the host has not seen
//   void idle(const Context&)             nothing to claim: wait a while, or until woken
namespace vyre::kernel {

/// What one worker's group shares; it lives as long as the worker. About 18 KiB.
struct WorkerScratch {
  Registers registers;
  RecordSink sink;
  wire::WorkSlot slot;
  Claim claim;
  ClaimHistory history;
  /// A parked slot that goes on, as a link; then there is no claim.
  u32 parked;
  u32 leaves;
  u32 stop;
  u32 registered;
  SlotRun run;
};

VYRE_HOST_DEVICE inline StopMode stop_mode(const Context& context) {
  const u32 host = wire::load_acquire(context.host_control + wire::control::kShutdown);
  if (host != 0) return static_cast<StopMode>(host);
  return static_cast<StopMode>(wire::load_acquire(&context.workers->stop));
}

/// Reads the slot once, so that what is checked is what is used, whatever the host does meanwhile.
VYRE_HOST_DEVICE inline void take_slot(const Context& context, Claim claim, wire::WorkSlot& copy) {
  const QueueView& queue = context.queues[claim.queue];
  wire::WorkSlot& slot = queue.slots[claim.position & (queue.capacity - 1)];
  wire::store_release(&slot.status, static_cast<u32>(wire::SlotStatus::kClaimed));
  copy.opcode = slot.opcode;
  copy.tenant = wire::load_acquire(&slot.tenant);
  for (u32 i = 0; i < wire::kSlotArguments; ++i) copy.arguments[i] = slot.arguments[i];
}

VYRE_HOST_DEVICE inline void put_arguments(const Context& context, Claim claim,
                                           const wire::WorkSlot& copy) {
  const QueueView& queue = context.queues[claim.queue];
  wire::WorkSlot& slot = queue.slots[claim.position & (queue.capacity - 1)];
  for (u32 i = 0; i < wire::kSlotArguments; ++i) slot.arguments[i] = copy.arguments[i];
}

/// Counts the fuel that a slot used against its tenant's quota.
VYRE_HOST_DEVICE inline void charge_slot(const Context& context, u32 tenant, u64 fuel) {
  const u64 units = (fuel + wire::kFuelUnit - 1) / wire::kFuelUnit;
  wire::relaxed_add(context.worker_control + wire::control::kFuelUsed + tenant,
                    static_cast<u32>(units));
}

VYRE_HOST_DEVICE inline bool is_program(const wire::WorkSlot& slot) {
  return slot.tenant < wire::kMaxTenants && slot.opcode >= wire::kUserOpcodeBase &&
         slot.opcode < wire::kUserOpcodeBase + wire::kMaxTenants * wire::kUserOpcodeWindow;
}

/// A slot of a registered tenant that is neither a program nor a fence; the leader alone.
VYRE_HOST_DEVICE inline SlotResult run_simple(const Context& context, wire::WorkSlot& slot,
                                              u32 position) {
  const Window window = tenant_window(context, slot.tenant);
  switch (static_cast<wire::Opcode>(slot.opcode)) {
    case wire::Opcode::kPackedSlot:
      return run_packed(context, window, slot.arguments, position);
    case wire::Opcode::kShutdown:
      wire::store_release(&context.workers->stop, static_cast<u32>(StopMode::kDrain));
      return {0, 0};
    default:
      break;
  }
  if (wire::packable_arguments(slot.opcode) == wire::kNotPackable) {
    return slot_fault(wire::FaultCode::kUnknownOpcode, slot.opcode);
  }
  return run_counted(context, window, slot.opcode, slot.arguments, position);
}

/// Runs a slot that names a program, and ends or parks it; the whole group.
template <class Group, class Platform>
VYRE_HOST_DEVICE void execute_program(const Context& context, Group group, Platform& platform,
                                      bool resumes, WorkerScratch& scratch) {
  const wire::WorkSlot& slot = scratch.slot;
  u64 fuel = 0;
  const SlotResult result = run_program(context, group, platform, scratch.claim, slot, resumes,
                                        scratch.registers, scratch.sink, scratch.run, fuel);
  if (!group.leader()) return;
  if (result.fault_code == kParked) return await_io(context, scratch.claim, slot);
  if (result.fault_code == 0) bump(context, wire::control::kMetricPrograms);
  charge_slot(context, slot.tenant, fuel);
  charge_fuel(context.ledger, slot.tenant, fuel, 1);
  finish(context, platform, scratch.claim, slot.tenant, result);
}

template <class Platform>
VYRE_HOST_DEVICE void execute_fence(const Context& context, Platform& platform, Claim claim,
                                    const wire::WorkSlot& slot) {
  if (fence_holds(context, claim, slot.arguments)) {
    park_fence(context, platform, claim, slot.arguments);
  } else {
    finish(
        context, platform, claim, slot.tenant,
        slot_fault(wire::FaultCode::kMalformedFence, slot.arguments[wire::fence_argument::kBands]));
  }
}

/// A slot that is no program of a registered tenant; the leader alone.
template <class Platform>
VYRE_HOST_DEVICE void execute_other(const Context& context, Platform& platform, Claim claim,
                                    bool resumes, bool registered, wire::WorkSlot& slot) {
  if (registered && slot.opcode == static_cast<u32>(wire::Opcode::kBatchFence)) {
    return execute_fence(context, platform, claim, slot);
  }
  SlotResult result = slot_fault(wire::FaultCode::kUnknownTenant, slot.tenant);
  if (registered && slot.opcode == static_cast<u32>(wire::Opcode::kLoadMiss)) {
    result = run_load_miss(context, claim, slot, resumes);
  } else if (registered) {
    result = run_simple(context, slot, claim.position);
  } else if (resumes) {
    drop_parked(context, slot);
  }
  if (result.fault_code == kParked) return await_io(context, claim, slot);
  put_arguments(context, claim, slot);
  finish(context, platform, claim, slot.tenant, result);
}

/// Executes one claimed slot, or one that was parked, to its end or until it is parked. Every
/// thread of the group calls it.
template <class Group, class Platform>
VYRE_HOST_DEVICE void execute(const Context& context, Group group, Platform& platform,
                              WorkerScratch& scratch) {
  const bool resumes = scratch.parked != kNoLink;
  if (group.leader()) {
    if (resumes) {
      scratch.claim = take_parked(context, scratch.parked, scratch.slot);
    } else {
      take_slot(context, scratch.claim, scratch.slot);
    }
    scratch.registered = is_registered(context, scratch.slot.tenant) ? 1 : 0;
  }
  group.sync();
  const bool registered = scratch.registered != 0;
  if (registered && is_program(scratch.slot)) {
    execute_program(context, group, platform, resumes, scratch);
  } else if (group.leader()) {
    execute_other(context, platform, scratch.claim, resumes, registered, scratch.slot);
  }
  group.sync();
}

/// True where a worker that found nothing to do is to exit.
VYRE_HOST_DEVICE inline bool may_leave(const Context& context, u32 stop) {
  if (stop == static_cast<u32>(StopMode::kRun)) return false;
  return stop == static_cast<u32>(StopMode::kQuiesce) || !any_parked(context);
}

/// True where an idle worker has a reason to look up.
VYRE_HOST_DEVICE inline bool has_reason_to_wake(const Context& context) {
  return wants_moving(context.io) || any_claimable(context) ||
         may_leave(context, static_cast<u32>(stop_mode(context)));
}

/// Claims and executes until told to stop. `worker` chooses the queue to serve first.
template <class Group, class Platform>
VYRE_HOST_DEVICE void run_worker(const Context& context, u32 worker, Group group,
                                 Platform& platform, WorkerScratch& scratch) {
  while (true) {
    if (group.leader()) {
      scratch.stop = static_cast<u32>(stop_mode(context));
      scratch.claim = {kNoQueue, 0};
      scratch.parked = kNoLink;
      if (scratch.stop != static_cast<u32>(StopMode::kQuiesce)) {
        scratch.parked = take_runnable(context, platform);
        if (scratch.parked == kNoLink) {
          scratch.claim = claim_next(context, worker, scratch.history);
        }
      }
      scratch.leaves = may_leave(context, scratch.stop) ? 1 : 0;
    }
    group.sync();
    const bool claimed = scratch.claim.queue != kNoQueue || scratch.parked != kNoLink;
    const bool stop = scratch.leaves != 0;
    group.sync();
    if (claimed) {
      execute(context, group, platform, scratch);
    } else if (stop) {
      return;
    } else {
      if (group.leader()) platform.idle(context);
      group.sync();
    }
  }
}

}  // namespace vyre::kernel
