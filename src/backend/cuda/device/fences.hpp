#pragma once

#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/dispatcher_shared.hpp"
#include "kernel/finish.hpp"

#if defined(__CUDACC__)

// BATCH_FENCE on a device. The dispatcher alone looks after fences, again and again while some are
// parked: so that nobody who finishes a slot has to ask for them, which would cost each slot an
// atomic operation and its fences.
namespace vyre::backend::device {

/// Leaves a claimed fence to resolve_fences().
__device__ inline void park_fence(DispatcherShared& shared, kernel::Claim claim) {
  kernel::leave_fence(shared.context, claim);
  atomicAdd(&shared.parked_fences[claim.queue], 1u);
}

/// Completes the fences of a queue that are ready; the whole warp.
__device__ inline void resolve_fences(DispatcherShared& shared, u32 queue) {
  volatile u32* parked = &shared.parked_fences[queue];
  if (*parked == 0) return;
  NoWake platform;
  bool progress = true;
  while (progress) {
    progress = false;
    for (u32 index = 0; index < shared.queues[queue].capacity; ++index) {
      if (!kernel::try_fence(shared.context, WarpTeam{}, platform, queue, index)) continue;
      progress = true;
      if (threadIdx.x % kWarp == 0) atomicSub(&shared.parked_fences[queue], 1u);
    }
  }
  __syncwarp();
}

}  // namespace vyre::backend::device

#endif
