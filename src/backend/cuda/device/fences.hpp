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
__device__ inline void park_fence(DispatcherShared& shared, kernel::Claim claim,
                                  const u32* arguments) {
  kernel::leave_fence(shared.context, claim, arguments);
  atomicAdd(&shared.parked_fences[kernel::queue_of(claim.queue)], 1u);
}

/// Completes the fences of a band of `queue` that are ready; the whole warp.
__device__ inline void resolve_band(DispatcherShared& shared, u32 queue, u32 band) {
  const u32 lane = threadIdx.x % kWarp;
  const u32 number = queue * wire::kBands + band;
  const kernel::QueueView& view = shared.views[number];
  NoWake platform;
  for (u32 from = 0; from < view.capacity; from += kWarp) {
    const bool here = from + lane < view.capacity &&
                      wire::relaxed_load(&view.turns[from + lane].fence_parked) != 0;
    u32 some = __ballot_sync(WarpTeam::kAll, here);
    for (; some != 0; some &= some - 1) {
      const u32 index = from + first_of(some);
      if (!kernel::try_fence(shared.context, WarpTeam{}, platform, number, index)) continue;
      if (lane == 0) atomicSub(&shared.parked_fences[queue], 1u);
    }
  }
}

/// Completes the fences of a queue that are ready; the whole warp. Costs one load where none is
/// parked, else a round trip to device memory for each 32 slots and some for each parked fence.
__device__ inline void resolve_fences(DispatcherShared& shared, u32 queue) {
  volatile u32* parked = &shared.parked_fences[queue];
  if (__shfl_sync(WarpTeam::kAll, *parked, 0) == 0) return;
  for (u32 band = 0; band < wire::kBands; ++band) resolve_band(shared, queue, band);
  __syncwarp();
}

/// The same for all of a server's queues.
__device__ inline void resolve_all_fences(DispatcherShared& shared, const Share& share,
                                          u32 queues) {
  const u32 lane = threadIdx.x % kWarp;
  const volatile u32* parked = shared.parked_fences;
  for (u32 from = 0; from < queues; from += kWarp) {
    const u32 queue = share.first_queue + (from + lane) * share.queue_step;
    const bool some = from + lane < queues && parked[queue] != 0;
    u32 some_queues = __ballot_sync(WarpTeam::kAll, some);
    for (; some_queues != 0; some_queues &= some_queues - 1) {
      const int next = __ffs(static_cast<int>(some_queues)) - 1;
      resolve_fences(shared, __shfl_sync(WarpTeam::kAll, queue, next));
    }
  }
}

}  // namespace vyre::backend::device

#endif
