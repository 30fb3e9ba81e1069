#pragma once

#include "kernel/group.hpp"
#include "kernel/records.hpp"

#if defined(__CUDACC__)

namespace vyre::kernel {

/// A thread block of 128 threads, a lane each. Registers and scratch live in shared memory. Every
/// thread of the block calls each function; host code can name but not call them. Whoever uses the
/// scratch leaves it with a sync, so that it is free when the next one begins.
struct BlockGroup {
  static constexpr bool kSequential = false;
  static constexpr u32 kThreads = kLanes;
  static constexpr bool kCountsBits = true;
  static constexpr u32 kWarp = 32;
  static constexpr u32 kWarps = kLanes / kWarp;
  static constexpr u32 kAll = 0xFFFFFFFF;

  __device__ u32 thread() const { return threadIdx.x; }
  __device__ u32 first_lane() const { return threadIdx.x; }
  __device__ u32 end_lane() const { return threadIdx.x + 1; }
  __device__ bool leader() const { return threadIdx.x == 0; }
  __device__ void sync() const { __syncthreads(); }
  __device__ bool any(bool value) const { return __syncthreads_or(value ? 1 : 0) != 0; }
  /// Of how many lanes it is true.
  __device__ u32 count(bool value) const {
    return static_cast<u32>(__syncthreads_count(value ? 1 : 0));
  }

  /// Which lanes say true.
  __device__ LaneBits ballot(bool value, u32* scratch) const {
    const u32 mine = __ballot_sync(kAll, value);
    share(mine, scratch);
    const LaneBits bits{static_cast<u64>(scratch[1]) << 32 | scratch[0],
                        static_cast<u64>(scratch[3]) << 32 | scratch[2]};
    __syncthreads();
    return bits;
  }

  /// Pushes each thread's record where `pushes`; those of one call lie in the order of the threads.
  __device__ void push(RecordSink& sink, bool pushes, wire::Record record, u32* scratch) const {
    share(__ballot_sync(kAll, pushes), scratch);
    const u64 low = static_cast<u64>(scratch[1]) << 32 | scratch[0];
    const u64 high = static_cast<u64>(scratch[3]) << 32 | scratch[2];
    const u32 in_low = static_cast<u32>(__popcll(low));
    const u32 added = in_low + static_cast<u32>(__popcll(high));
    u64* const first = reinterpret_cast<u64*>(scratch + kWarps);
    if (added != 0 && leader()) *first = sink.reserve(added);
    __syncthreads();
    if (added == 0) return;
    const u32 thread = threadIdx.x;
    const u64 below = ~(~u64{0} << (thread % 64));
    const u64 place =
        *first + (thread < 64 ? __popcll(low & below) : in_low + __popcll(high & below));
    if (pushes && place < sink.capacity) sink.records[place] = record;
    __syncthreads();
  }

  /// function(function(lane 0, lane 1), ...) of an associative and commutative function.
  template <class Function>
  __device__ u32 reduce(u32 value, u32* scratch, Function function) const {
    for (u32 step = kWarp / 2; step > 0; step /= 2) {
      value = function(value, __shfl_xor_sync(kAll, value, step));
    }
    share(value, scratch);
    u32 all = scratch[0];
    for (u32 warp = 1; warp < kWarps; ++warp) all = function(all, scratch[warp]);
    __syncthreads();
    return all;
  }

  /// The same over lanes 0 to this one; `identity` is the function's.
  template <class Function>
  __device__ u32 scan(u32 value, u32 identity, u32* scratch, Function function) const {
    const u32 in_warp = threadIdx.x % kWarp;
    for (u32 step = 1; step < kWarp; step *= 2) {
      const u32 before = __shfl_up_sync(kAll, value, step);
      if (in_warp >= step) value = function(value, before);
    }
    if (in_warp == kWarp - 1) scratch[threadIdx.x / kWarp] = value;
    __syncthreads();
    u32 before = identity;
    for (u32 warp = 0; warp < threadIdx.x / kWarp; ++warp) before = function(before, scratch[warp]);
    __syncthreads();
    return function(before, value);
  }

  __device__ u64 sum(u64 value, u32* scratch) const {
    for (u32 step = kWarp / 2; step > 0; step /= 2) value += __shfl_xor_sync(kAll, value, step);
    u64* sums = reinterpret_cast<u64*>(scratch);
    if (threadIdx.x % kWarp == 0) sums[threadIdx.x / kWarp] = value;
    __syncthreads();
    u64 all = 0;
    for (u32 warp = 0; warp < kWarps; ++warp) all += sums[warp];
    __syncthreads();
    return all;
  }

  __device__ u32 exclusive_or(u32 value, u32* scratch) const {
    return reduce(value, scratch, [](u32 a, u32 b) { return a ^ b; });
  }

  __device__ u64 broadcast(u64 value, u32* scratch) const {
    u64* shared = reinterpret_cast<u64*>(scratch);
    if (threadIdx.x == 0) *shared = value;
    __syncthreads();
    value = *shared;
    __syncthreads();
    return value;
  }

 private:
  /// Puts each warp's value into scratch[warp].
  __device__ static void share(u32 value, u32* scratch) {
    if (threadIdx.x % kWarp == 0) scratch[threadIdx.x / kWarp] = value;
    __syncthreads();
  }
};

}  // namespace vyre::kernel

#endif
