#pragma once

#include "kernel/block_group.hpp"
#include "kernel/records.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// Pushes a record of the calling thread. Any threads of the block may call it at once; those of a
/// warp that come together make room by one atomic addition.
__device__ inline void append(kernel::RecordSink& sink, u32 offset, u32 value) {
  const u32 together = __activemask();
  const u32 lane = threadIdx.x % kernel::BlockGroup::kWarp;
  const u32 first_lane = static_cast<u32>(__ffs(static_cast<int>(together))) - 1;
  unsigned long long first = 0;
  if (lane == first_lane) {
    const unsigned long long added = __popc(together);
    first = atomicAdd(reinterpret_cast<unsigned long long*>(&sink.count), added);
    if (sink.total != nullptr) {
      first = atomicAdd(reinterpret_cast<unsigned long long*>(sink.total), added);
    }
  }
  first = __shfl_sync(together, first, static_cast<int>(first_lane));
  const u64 place = first + static_cast<u32>(__popc(together & ((1u << lane) - 1)));
  if (place < sink.capacity) sink.records[place] = {offset, value};
}

/// What kernel::report pushes to.
struct AppendingSink {
  kernel::RecordSink& sink;
  __device__ void push(u32 offset, u32 value) { append(sink, offset, value); }
};

}  // namespace vyre::backend::device

#endif
