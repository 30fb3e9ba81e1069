#pragma once

#include "backend/cuda/device/device_state.hpp"
#include "backend/cuda/device/device_words.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

inline constexpr u64 kJobGiven = u64{1} << 32;

/// Gives out `what` with ticket `ticket`; only after __threadfence(). Waits, where the ring has
/// come round, for the ticket's worker one lap before, which has nothing to do but to read its
/// entry.
__device__ inline void give_job(const JobRing& ring, u32 ticket, u32 what) {
  u64* entry = ring.entries + ticket % kJobs;
  while (load_relaxed_device(entry) != 0) {
  }
  store_relaxed_device(entry, kJobGiven | what);
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
