#pragma once

#include "backend/cuda/device/dispatcher_shared.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Copies `count` slots over PCIe into shared memory, all at once, four lanes a slot; the whole
/// warp.
__device__ inline void read_slots(const kernel::QueueView& queue, u32 first, u32 count,
                                  wire::WorkSlot* copies) {
  const u32 lane = threadIdx.x % kWarp;
  constexpr u32 kParts = sizeof(wire::WorkSlot) / sizeof(uint4);
  uint4 parts[kParts];
#pragma unroll
  for (u32 i = 0; i < kParts; ++i) {
    const u32 index = (i * kWarp + lane) / kParts;
    if (index < count) {
      const wire::WorkSlot& slot = queue.slots[(first + index) & (queue.capacity - 1)];
      parts[i] = __ldcv(reinterpret_cast<const uint4*>(&slot) + lane % kParts);
    }
  }
#pragma unroll
  for (u32 i = 0; i < kParts; ++i) {
    const u32 index = (i * kWarp + lane) / kParts;
    if (index < count) reinterpret_cast<uint4*>(&copies[index])[lane % kParts] = parts[i];
  }
  __syncwarp();
}

}  // namespace vyre::backend::device

#endif
