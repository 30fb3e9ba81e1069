#pragma once

#include "backend/cuda/device/end_chunk.hpp"
#include "backend/cuda/device/inbox.hpp"
#include "backend/cuda/device/job_ring.hpp"
#include "backend/cuda/device/reserve.hpp"
#include "kernel/worker.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Takes what the chunk starts from into the registers; all threads.
__device__ inline void start_part(ChunkState& chunk, WorkerShared& shared) {
  const kernel::ProgramView& program = *chunk.program;
  kernel::Registers& registers = shared.registers;
  const bool resumes = chunk.chunk.resumes != 0;
  if (threadIdx.x == 0) {
    u64* const total = chunk.parts == 1 ? nullptr : &chunk.records;
    shared.sink = {chunk.gathered, chunk.chunk.record_capacity, 0, total};
  }
  for (u32 i = threadIdx.x; i < program.result_count; i += kLanes) {
    registers.results[i] = resumes ? chunk.results[i] : wire::combine_identity(program.combines[i]);
  }
  for (u32 i = threadIdx.x; i < program.carry_words; i += kLanes) {
    registers.carry[i] = resumes ? chunk.carry[i] : chunk.chunk.outcome->carry[i];
  }
  __syncthreads();
}

/// One part of a chunk, and the chunk's end where it is the last.
template <class Tiles>
__device__ void run_part(const DeviceContext& device, ChunkState& chunk, WorkerShared& shared) {
  start_part(chunk, shared);
  if (chunk.program->io_bytes != 0) fetch_inbox(device, chunk, shared);
  DevicePlatform platform;
  kernel::TileView tile{};
  Run run{kernel::BlockGroup{},
          platform,
          *chunk.program,
          tile,
          shared.registers,
          shared.sink,
          {chunk.chunk.output, chunk.chunk.output_capacity, 0},
          chunk.chunk.window,
          {},
          {},
          0,
          0,
          0,
          0,
          chunk.program->io_bytes != 0 ? &shared.inbox : nullptr};
  const bool parked = run_tiles<Tiles>(device, chunk, shared, run, tile);
  if (chunk.parts == 1 && threadIdx.x == 0) chunk.records = shared.sink.count;
  if (parked) {
    park_part(device, chunk, shared, run);
    return;
  }
  if (end_part(chunk, shared, run)) end_chunk(device, chunk, shared, run);
}

/// A built-in that takes long; the leader executes it.
__device__ inline void run_built_in(const DeviceContext& device, ChunkState& chunk,
                                    WorkerShared& shared) {
  kernel::SlotResult result{0, 0};
  if (threadIdx.x == 0) {
    note(device, shared, chunk.claim, 0);
    result = kernel::run_simple(device.context, chunk.slot, chunk.claim.position);
    kernel::put_arguments(device.context, chunk.claim, chunk.slot);
  }
  end_slot(device, chunk, result);
}

/// The worker's next job; its leader.
__device__ inline u32 next_job(const DeviceContext& device, u32 seat) {
  Pause pause(device.spin_nanoseconds, device.idle_nanoseconds);
  if (seat != kNoSeat) {
    const u32 job = wait_in_reserve(*device.reserve, seat, pause);
    if (job != kNoSeat) return job;
  }
  // Not sooner: a ticket in the hand of a busy worker would hold up its job.
  return wait_for_job(device.jobs, take_ticket(device.jobs), pause);
}

/// Executes jobs until it is told to exit. One of no workers has nothing to do (prepare_kernels).
template <class Tiles>
__device__ void work(const DeviceContext& device, WorkerShared& shared) {
  if (device.workers == 0) return;
  if (threadIdx.x == 0) {
    shared.beat = 0;
    shared.seat = take_seat(*device.reserve, device.reserve_seats);
  }
  while (true) {
    if (threadIdx.x == 0) shared.job = next_job(device, shared.seat);
    __syncthreads();
    const u32 job = shared.job;
    if (job == JobRing::kExit) {
      if (threadIdx.x == 0) wire::fetch_add(device.exited, 1);
      return;
    }
    ChunkState& chunk = device.chunks[job];
    if (chunk.program == nullptr) {
      run_built_in(device, chunk, shared);
    } else {
      run_part<Tiles>(device, chunk, shared);
    }
    __syncthreads();
    if (threadIdx.x == 0) note(device, shared, {kernel::kNoQueue, 0}, 0);
  }
}

}  // namespace vyre::backend::device

#endif
