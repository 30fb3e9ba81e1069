#pragma once

#include "kernel/context.hpp"
#include "kernel/group.hpp"
#include "kernel/machine_clock.hpp"
#include "wire/atomics.hpp"

#if defined(__CUDACC__)

// Small things that all device code of the backend uses.
namespace vyre::backend::device {

/// A warp as kernel::OneThread's bigger sister (kernel/finish.hpp).
struct WarpTeam {
  static constexpr u32 kAll = 0xFFFFFFFF;
  __device__ u32 rank() const { return threadIdx.x % 32; }
  __device__ u32 size() const { return 32; }
  /// What one lane saw before, all act upon after.
  __device__ bool any(bool value) const {
    const bool result = __any_sync(kAll, value) != 0;
    __syncwarp();
    return result;
  }
};

/// One lane's look for all: they must not go different ways because a word changed in between.
__device__ inline u32 for_all(u32 of_first_lane) {
  return __shfl_sync(WarpTeam::kAll, of_first_lane, 0);
}

/// The first of some lanes, or of the bits of any mask; 2^32 - 1 of none. (__ffs() counts from 1.)
__device__ inline u32 first_of(u32 lanes) {
  return static_cast<u32>(__ffs(static_cast<int>(lanes))) - 1;
}

/// What the kernel asks of a machine when a slot has its final status: nothing, since the host
/// polls.
struct NoWake {
  __device__ void completed(const kernel::QueueView&) {}
};

/// Without an acquire, which empties the L1 cache of the multiprocessor's busy workers: who sees
/// what he waits for, fences then.
__device__ inline u64 load_relaxed_device(const u64* word) {
  u64 value;
  asm volatile("ld.relaxed.gpu.u64 %0, [%1];" : "=l"(value) : "l"(word) : "memory");
  return value;
}
__device__ inline void store_relaxed_device(u64* word, u64 value) {
  asm volatile("st.relaxed.gpu.u64 [%0], %1;" ::"l"(word), "l"(value) : "memory");
}
__device__ inline u64 add(u64* word, u64 value) {
  return atomicAdd(reinterpret_cast<unsigned long long*>(word), value);
}

/// Longer and longer pauses for one who finds nothing to do: none for `spin` nanoseconds after the
/// last work, then doubling from a quarter microsecond up to `longest`.
class Pause {
 public:
  __device__ Pause(u32 spin, u32 longest) : spin_(spin), longest_(longest) { reset(); }
  __device__ void reset() {
    sleep_ = 0;
    looks_ = 0;
  }
  __device__ void wait() {
    if (sleep_ == 0) {
      // The timer is slow to read, so only now and then.
      if (looks_++ % 64 != 0) return;
      const u64 now = kernel::machine_nanoseconds();
      if (looks_ == 1) since_ = now;
      if (now - since_ < spin_) return;
      sleep_ = 250;
    }
    const u32 sleep = sleep_ < longest_ ? sleep_ : longest_;
    if (sleep != 0) __nanosleep(sleep);
    sleep_ = sleep_ < longest_ ? 2 * sleep_ : sleep_;
  }
  /// How long the next pause will be; 0 while spinning.
  __device__ u32 length() const { return sleep_ < longest_ ? sleep_ : longest_; }

 private:
  u32 spin_;
  u32 longest_;
  u32 sleep_;
  u32 looks_;
  u64 since_;
};

}  // namespace vyre::backend::device

#endif
