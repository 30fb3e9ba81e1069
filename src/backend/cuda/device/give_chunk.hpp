#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"
#include "backend/cuda/device/job_ring.hpp"
#include "backend/cuda/device/reserve.hpp"
#include "kernel/worker.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// The state that a slot's execution uses; two slots in use may share one, the later then waits.
/// Queues take turns, so that the same places of all of them fill the states before any is shared.
__device__ inline u32 chunk_number(const DeviceContext& device, u32 capacity, kernel::Claim claim) {
  const u32 place = kernel::band_of(claim.queue) * capacity + (claim.position & (capacity - 1));
  return (place * device.context.queue_count + kernel::queue_of(claim.queue)) % device.chunk_count;
}

/// True where the state is free, and now this thread's.
__device__ inline bool take_chunk(ChunkState& chunk) {
  return wire::load_acquire(&chunk.busy) == 0 && wire::compare_exchange(&chunk.busy, 0, 1);
}

/// Gives the chunk to the workers, one job for each part; its first to the worker of `seat`, where
/// one is held for it.
__device__ inline void give_chunk(const DeviceContext& device, DispatcherShared& shared, u32 number,
                                  u32 seat) {
  u32 parts = device.chunks[number].parts;
  __threadfence();
  if (seat != kNoSeat) {
    fill_seat(*device.reserve, seat, number);
    --parts;
  }
  const u32 first = atomicAdd(&shared.next_job, parts);
  give_jobs(device.jobs, first, parts, number);
}

__device__ inline void start_counters(ChunkState& chunk, u32 tiles, u32 parts) {
  chunk.tiles = tiles;
  chunk.parts = parts;
  chunk.begun = 0;
  chunk.next_tile = 0;
  chunk.parts_left = parts;
  chunk.records = 0;
  chunk.fuel = 0;
  chunk.fault = kNoFault;
}

/// Fills the state of a slot that names a program; the fault that ends the slot where it names none
/// that can run. Then the region has not been entered.
__device__ inline kernel::SlotResult open_program(const DeviceContext& device, ChunkState& chunk) {
  namespace argument = wire::chunk_argument;
  const kernel::Context& context = device.context;
  const u32 tenant = chunk.slot.tenant;
  const u32* arguments = chunk.slot.arguments;
  chunk.program = kernel::find_program(context, tenant, chunk.slot.opcode);
  if (chunk.program == nullptr) {
    return kernel::slot_fault(wire::FaultCode::kUnknownProgram, chunk.slot.opcode);
  }
  const u32 region = arguments[argument::kRegion];
  if (region >= kernel::kMaxRegions || !kernel::enter_region(context.regions[region])) {
    return kernel::slot_fault(wire::FaultCode::kUnknownRegion, region);
  }
  chunk.region = context.regions + region;
  const kernel::SlotResult result =
      kernel::open_slot(context, *chunk.region, *chunk.program, chunk.slot, false, chunk.chunk);
  if (result.fault_code != 0) {
    kernel::leave_region(*chunk.region);
    return result;
  }
  if (chunk.chunk.park != nullptr) wire::relaxed_add(&context.io.state->open, 1);
  chunk.chunk.cancelled = &kernel::slot_turn(context, chunk.claim).cancelled;
  chunk.gathered = chunk.region->gathered == nullptr
                       ? nullptr
                       : chunk.region->gathered + static_cast<u64>(arguments[argument::kOutcome]) *
                                                      chunk.region->record_capacity;
  const kernel::Chunk& opened = chunk.chunk;
  const u32 own = opened.own_end - opened.own_begin;
  const u32 tiles = opened.length == 0 ? 1 : own / kTileBytes + (own % kTileBytes != 0 ? 1 : 0);
  u32 parts = chunk.program->splits != 0 ? min(tiles, device.most_parts) : 1;
  parts = max(parts, 1u);
  start_counters(chunk, tiles, parts);
  if (parts > 1) {
    for (u32 i = 0; i < chunk.program->result_count; ++i) {
      chunk.results[i] = wire::combine_identity(chunk.program->combines[i]);
    }
  }
  return {0, 0};
}

/// Fills a state that was taken, for a slot that a worker is to execute; a fault as open_program().
__device__ inline kernel::SlotResult fill_chunk(const DeviceContext& device, ChunkState& chunk,
                                                kernel::Claim claim, const wire::WorkSlot& slot) {
  chunk.claim = claim;
  chunk.slot = slot;
  if (kernel::is_program(slot)) return open_program(device, chunk);
  chunk.program = nullptr;
  start_counters(chunk, 0, 1);
  return {0, 0};
}

}  // namespace vyre::backend::device

#endif
