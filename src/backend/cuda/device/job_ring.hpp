#pragma once

#include "backend/cuda/device/device_state.hpp"
#include "backend/cuda/device/device_words.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

inline constexpr u64 kJobGiven = u64{1} << 32;

/// Gives out `what` with `count` tickets from `first` on; only after __threadfence(). Waits, where
/// the ring has come round, for the workers of these tickets one lap before, which have nothing to
/// do but to read their entries. Cost: a round trip to device memory for every 8 jobs.
__device__ inline void give_jobs(const JobRing& ring, u32 first, u32 count, u32 what) {
  constexpr u32 kAtOnce = 8;
  for (u32 done = 0; done < count; done += kAtOnce) {
    const auto entry = [&](u32 i) { return ring.entries + (first + done + i) % kJobs; };
    const u32 some = count - done;
    u64 taken;
    do {
      taken = 0;
#pragma unroll
      for (u32 i = 0; i < kAtOnce; ++i) {
        if (i < some) taken |= load_relaxed_device(entry(i));
      }
    } while (taken != 0);
#pragma unroll
    for (u32 i = 0; i < kAtOnce; ++i) {
      if (i < some) store_relaxed_device(entry(i), kJobGiven | what);
    }
  }
}

/// The next ticket; one thread of a worker.
__device__ inline u32 take_ticket(const JobRing& ring) { return atomicAdd(ring.next, 1u); }

/// Waits for the job with this ticket, and gives what was given with it. An entry holds no other
/// ticket's job meanwhile: that one would be a whole lap away.
__device__ inline u32 wait_for_job(const JobRing& ring, u32 ticket, Pause& pause) {
  u64* entry = ring.entries + ticket % kJobs;
  u64 job = load_relaxed_device(entry);
  while (job == 0) {
    pause.wait();
    job = load_relaxed_device(entry);
  }
  __threadfence();
  store_relaxed_device(entry, 0);
  return static_cast<u32>(job);
}

}  // namespace vyre::backend::device

#endif
