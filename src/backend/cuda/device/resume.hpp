#pragma once

#include "backend/cuda/device/give_chunk.hpp"
#include "kernel/run_program.hpp"

#if defined(__CUDACC__)

// The io queue on a device. One lane of one server moves it on, when a poller has seen a reason;
// the host looks for requests by itself.
namespace vyre::backend::device {

/// Nobody is woken.
struct NoIoWake : NoWake {
  __device__ void io_published(const kernel::IoView&) {}
};

/// Programs that load have begun and not ended, or slots are parked.
__device__ inline u32 loads_left(const kernel::Context& context) {
  const kernel::IoState& state = *context.io.state;
  return wire::load_acquire(&state.open) | wire::load_acquire(&state.parked);
}

/// Its slots end in FAULT otherwise: it has been revoked.
__device__ inline bool is_registered(const DispatcherShared& shared, u32 tenant) {
  return (shared.control[wire::control::kTenantMasks + tenant] & wire::tenant_mask::kRegistered) !=
         0;
}

/// A LOAD_MISS whose request is over ends here.
__device__ inline void end_load_miss(const DeviceContext& device, const DispatcherShared& shared,
                                     u32 link) {
  wire::WorkSlot slot;
  const kernel::Claim claim = kernel::take_parked(device.context, link, slot);
  kernel::SlotResult result = kernel::slot_fault(wire::FaultCode::kUnknownTenant, slot.tenant);
  if (is_registered(shared, slot.tenant)) {
    result = kernel::run_load_miss(device.context, claim, slot, true);
  } else {
    kernel::drop_parked(device.context, slot);
  }
  kernel::put_arguments(device.context, claim, slot);
  NoWake platform;
  kernel::complete(device.context, platform, claim, slot.tenant, result);
}

/// Ends a chunk that may not go on.
__device__ inline void end_parked(const DeviceContext& device, ChunkState& chunk,
                                  kernel::SlotResult result) {
  const kernel::Claim claim = chunk.claim;
  const u32 tenant = chunk.slot.tenant;
  wire::relaxed_add(&device.context.io.state->open, 0u - 1);
  wire::store_release_to_workers(&chunk.busy, 0);
  NoWake platform;
  kernel::complete(device.context, platform, claim, tenant, result);
}

/// A chunk whose request is over goes to the workers again, or ends, where its region has gone or
/// its tenant.
__device__ inline void resume_chunk(const DeviceContext& device, DispatcherShared& shared,
                                    kernel::Claim claim) {
  const kernel::QueueView& queue = device.context.queues[claim.queue];
  const u32 number = chunk_number(device, queue.capacity, claim);
  ChunkState& chunk = device.chunks[number];
  const wire::WorkSlot& slot = chunk.slot;
  wire::store_for_host(&queue.slots[claim.position & (queue.capacity - 1)].status,
                       static_cast<u32>(wire::SlotStatus::kClaimed));
  if (!is_registered(shared, slot.tenant)) {
    kernel::drop_parked(device.context, slot);
    end_parked(device, chunk, kernel::slot_fault(wire::FaultCode::kUnknownTenant, slot.tenant));
  } else if (kernel::enter_region_of(device.context, slot, true) == nullptr) {
    end_parked(device, chunk,
               kernel::slot_fault(wire::FaultCode::kUnknownRegion,
                                  slot.arguments[wire::chunk_argument::kRegion]));
  } else {
    give_chunk(device, shared, number, kNoSeat);
  }
}

/// Moves the io queue on and gives on all slots that may go on; one lane. True where any did.
__device__ inline bool resume_runnable(const DeviceContext& device, DispatcherShared& shared) {
  const kernel::Context& context = device.context;
  kernel::IoState& state = *context.io.state;
  NoIoWake platform;
  shared.io_wanted = 0;
  __threadfence();
  kernel::move_requests(context, platform);
  bool any = false;
  for (u32 link = kernel::take_link(context, state.runnable_first); link != kernel::kNoLink;
       link = kernel::take_link(context, state.runnable_first)) {
    wire::fetch_add(&state.parked, 0u - 1);
    const kernel::Park& park = kernel::park_of(context, link);
    if (kernel::is_program(park.slot)) {
      resume_chunk(device, shared, park.claim);
    } else {
      end_load_miss(device, shared, link);
    }
    any = true;
  }
  return any;
}

}  // namespace vyre::backend::device

#endif
