#pragma once

#include "wire/platform.hpp"

#if !defined(__CUDA_ARCH__)
#include <time.h>
#endif

namespace vyre::kernel {

/// Nanoseconds of the machine's own clock, the same for all its workers: the host's steady clock,
/// or a device's global timer, which goes on in steps of up to a microsecond.
VYRE_HOST_DEVICE inline u64 machine_nanoseconds() {
#if defined(__CUDA_ARCH__)
  u64 now;
  asm volatile("mov.u64 %0, %globaltimer;" : "=l"(now));
  return now;
#else
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<u64>(now.tv_sec) * 1'000'000'000 + static_cast<u64>(now.tv_nsec);
#endif
}

}  // namespace vyre::kernel
