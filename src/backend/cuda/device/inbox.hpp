#pragma once

#include "backend/cuda/device/part.hpp"
#include "kernel/run_program.hpp"

#if defined(__CUDACC__)

// Chunks whose programs load, between a worker and the io queue.
namespace vyre::backend::device {

/// Makes the group's inbox: where the chunk goes on, what has come for it, copied over PCIe once.
/// All threads.
__device__ inline void fetch_inbox(const DeviceContext& device, const ChunkState& chunk,
                                   WorkerShared& shared) {
  const kernel::Chunk& opened = chunk.chunk;
  u8* inbox = device.staging + static_cast<u64>(blockIdx.x) * kWorkerBytes + kStagingBytes;
  const kernel::Park& park = *opened.park;
  if (threadIdx.x == 0) {
    shared.inbox = {opened.park, inbox, 0, opened.tenant, opened.resumes};
  }
  if (opened.resumes != 0 && park.status == static_cast<u32>(wire::IoStatus::kOk)) {
    // Whole words: an inbox begins and ends on a multiple of 64 bytes.
    const u32 words = (park.request.bytes + sizeof(uint4) - 1) / sizeof(uint4);
    const uint4* source = reinterpret_cast<const uint4*>(opened.inbox);
    uint4* target = reinterpret_cast<uint4*>(inbox);
    for (u32 at = threadIdx.x; at < words; at += kLanes) target[at] = __ldcg(source + at);
  }
  __syncthreads();
}

/// Leaves a chunk whose tile waits; all threads. When the request is out, the chunk may be another
/// worker's.
__device__ inline void park_part(const DeviceContext& device, ChunkState& chunk,
                                 WorkerShared& shared, const Run& run) {
  for (u32 i = threadIdx.x; i < run.program.result_count; i += kLanes) {
    chunk.results[i] = shared.registers.results[i];
  }
  for (u32 i = threadIdx.x; i < run.program.carry_words; i += kLanes) {
    chunk.carry[i] = shared.registers.carry[i];
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x != 0) return;
  chunk.chunk.resumes = 1;
  const kernel::Claim claim = chunk.claim;
  const wire::WorkSlot slot = chunk.slot;
  kernel::fill_park(*chunk.region, *chunk.chunk.park, claim, slot);
  kernel::leave_region(*chunk.region);
  kernel::await_io(device.context, claim, slot);
}

}  // namespace vyre::backend::device

#endif
