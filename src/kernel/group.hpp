#pragma once

#include "base/units.hpp"
#include "wire/platform.hpp"

// Who plays the 128 lanes of a program. A loop from first_lane() to end_lane() covers them all,
// once, on either; what the leader writes is visible to the others after sync().
namespace vyre::kernel {

/// One thread plays all lanes in turn; the compiler turns lane loops into SIMD.
struct HostGroup {
  /// True where lane loops run in lane order on one thread.
  static constexpr bool kSequential = true;
  VYRE_HOST_DEVICE u32 first_lane() const { return 0; }
  VYRE_HOST_DEVICE u32 end_lane() const { return kLanes; }
  VYRE_HOST_DEVICE bool leader() const { return true; }
  VYRE_HOST_DEVICE void sync() const {}
  VYRE_HOST_DEVICE bool any(bool value) const { return value; }
};

#if defined(__CUDACC__)

/// A thread block of 128 threads, a lane each. Registers and scratch live in shared memory.
struct BlockGroup {
  static constexpr bool kSequential = false;
  __device__ u32 first_lane() const { return threadIdx.x; }
  __device__ u32 end_lane() const { return threadIdx.x + 1; }
  __device__ bool leader() const { return threadIdx.x == 0; }
  __device__ void sync() const { __syncthreads(); }
  __device__ bool any(bool value) const { return __syncthreads_or(value ? 1 : 0) != 0; }
};

#endif

}  // namespace vyre::kernel
