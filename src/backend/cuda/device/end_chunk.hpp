#pragma once

#include "backend/cuda/device/part.hpp"
#include "kernel/finish.hpp"
#include "kernel/run_program.hpp"
#include "kernel/worker.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Copies u32 words to memory of the host; all threads.
__device__ inline void copy_out(void* target, const void* source, u32 words) {
  const u32* from = static_cast<const u32*>(source);
  u32* to = static_cast<u32*>(target);
  for (u32 i = threadIdx.x; i < words; i += kLanes) to[i] = from[i];
}

/// Writes the outcome of a chunk whose parts have all ended; all threads.
__device__ inline void write_outcome(const DeviceContext& device, ChunkState& chunk,
                                     WorkerShared& shared, const Run& run) {
  const kernel::Chunk& opened = chunk.chunk;
  const kernel::ProgramView& program = run.program;
  wire::OutcomeHeader& outcome = *opened.outcome;
  const kernel::ProgramFault fault = unpack_fault(chunk.fault);
  const u64 records = chunk.records;
  if (fault.code == 0 && records != 0 && records <= opened.record_capacity) {
    const u32 count = static_cast<u32>(records);
    run.platform.sort(run.group, chunk.gathered, count, shared.registers.scratch);
    __syncthreads();
    copy_out(opened.records, chunk.gathered, count * (sizeof(wire::Record) / sizeof(u32)));
  }
  const u64* results = chunk.parts > 1 ? chunk.results : shared.registers.results;
  copy_out(outcome.results, results, 2 * program.result_count);
  copy_out(outcome.carry, shared.registers.carry, 2 * program.carry_words);
  if (threadIdx.x == 0) {
    outcome.fault_code = fault.code;
    outcome.fault_instruction = fault.instruction;
    outcome.fault_tile = fault.code != 0 ? fault_tile(chunk.fault) : 0;
    outcome.record_count = fault.code != 0 ? 0 : kernel::outcome_count(records);
    outcome.tiles = fault.code != 0 ? fault_tile(chunk.fault) + 1 : chunk.tiles;
    outcome.result_count = program.result_count;
    outcome.fuel = chunk.fuel;
    outcome.output_bytes = run.output.count;
    if (device.context.keep_times != 0) {
      outcome.begun = chunk.begun;
      outcome.ended = kernel::machine_nanoseconds();
    }
  }
}

/// Ends the slot: the outcome, which all threads have written, goes before its status, since the
/// barrier orders it before the leader's release. The state is free again before the host can know
/// of it, so the slot's next use does not wait for it.
__device__ inline void end_slot(const DeviceContext& device, ChunkState& chunk,
                                kernel::SlotResult result) {
  __syncthreads();
  if (threadIdx.x != 0) return;
  const kernel::Claim claim = chunk.claim;
  const u32 tenant = chunk.slot.tenant;
  kernel::RegionEntry* region = chunk.program != nullptr ? chunk.region : nullptr;
  if (region != nullptr && chunk.chunk.park != nullptr) {
    kernel::give_back_inbox(*chunk.chunk.park);
    wire::relaxed_add(&device.context.io.state->open, 0u - 1);
  }
  NoWake platform;
  wire::store_release_to_workers(&chunk.busy, 0);
  kernel::complete(device.context, platform, claim, tenant, result);
  // Last: nothing of the region is touched any more, and what was written to it has arrived.
  if (region != nullptr) kernel::leave_region(*region);
}

/// Ends a chunk; all threads of the worker whose part was the last.
__device__ inline void end_chunk(const DeviceContext& device, ChunkState& chunk,
                                 WorkerShared& shared, const Run& run) {
  write_outcome(device, chunk, shared, run);
  const kernel::ProgramFault fault = unpack_fault(chunk.fault);
  if (threadIdx.x == 0 && fault.code == 0) {
    kernel::bump(device.context, wire::control::kMetricPrograms);
  }
  if (threadIdx.x == 0) kernel::charge_slot(device.context, chunk.slot.tenant, chunk.fuel);
  end_slot(device, chunk, {fault.code, fault.instruction});
}

}  // namespace vyre::backend::device

#endif
