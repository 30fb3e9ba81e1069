#pragma once

#include "wire/platform.hpp"

// Every memory order of the protocol, in one file.
//
// The argument. A slot's body and the chunk's bytes are written before `store_release(status)`, and
// read after `load_acquire(status)` saw that value: so a claimer sees the body whole, and a host
// that sees DONE sees the outcome. Each such word has one writer at a time, so plain aligned loads
// and stores suffice, which is all that PCIe keeps atomic; read-modify-writes (`fetch_add`,
// `compare_exchange`) are for words in the workers' own memory only (claim cursor, counters,
// tenant windows). A device completes with a system-scope fence between the outcome and the
// status: the release below is system-scope there.
//
// The relaxed accesses are those of programs to their tenant's window (w.load, w.add and so on):
// workers use the words at once, and what orders them is the slots' status alone. Their
// read-modify-writes give no previous value, since programs whose tiles run in any order must not
// see one.
namespace vyre::wire {

#if defined(__CUDACC__)

/// What this thread wrote, and saw written, goes before what it writes next, for the host too.
/// Costs a round trip over PCIe where the host's memory was written.
__device__ inline void fence_for_host() { asm volatile("fence.acq_rel.sys;" ::: "memory"); }
/// Of a word that the host reads, after fence_for_host() or where nothing else is to be seen.
__device__ inline void store_for_host(u32* word, u32 value) {
  asm volatile("st.relaxed.sys.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}

#endif

#if defined(__CUDA_ARCH__)

__device__ inline u32 load_acquire(const u32* word) {
  u32 value;
  asm volatile("ld.acquire.sys.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}
__device__ inline void store_release(u32* word, u32 value) {
  asm volatile("st.release.sys.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
/// Of a word that other workers read, but not the host.
__device__ inline void store_release_to_workers(u32* word, u32 value) {
  asm volatile("st.release.gpu.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
__device__ inline u32 fetch_add(u32* word, u32 value) {
  u32 previous;
  asm volatile("atom.acq_rel.gpu.global.add.u32 %0, [%1], %2;"
               : "=r"(previous)
               : "l"(__cvta_generic_to_global(word)), "r"(value)
               : "memory");
  return previous;
}
/// Orders a read-modify-write before all that follows, for every observer of the system.
__device__ inline void device_fence() { __threadfence_system(); }
__device__ inline bool compare_exchange(u32* word, u32 expected, u32 desired) {
  u32 previous;
  asm volatile("atom.acq_rel.gpu.global.cas.b32 %0, [%1], %2, %3;"
               : "=r"(previous)
               : "l"(__cvta_generic_to_global(word)), "r"(expected), "r"(desired)
               : "memory");
  return previous == expected;
}
__device__ inline u32 relaxed_load(const u32* word) {
  u32 value;
  asm volatile("ld.relaxed.gpu.u32 %0, [%1];" : "=r"(value) : "l"(word) : "memory");
  return value;
}
__device__ inline void relaxed_store(u32* word, u32 value) {
  asm volatile("st.relaxed.gpu.u32 [%0], %1;" ::"l"(word), "r"(value) : "memory");
}
__device__ inline void relaxed_add(u32* word, u32 value) { atomicAdd(word, value); }
__device__ inline u32 relaxed_fetch_add(u32* word, u32 value) { return atomicAdd(word, value); }
/// In shared memory too.
__device__ inline bool relaxed_compare_exchange(u32* word, u32 expected, u32 desired) {
  return atomicCAS(word, expected, desired) == expected;
}
__device__ inline void relaxed_min(u32* word, u32 value) { atomicMin(word, value); }
__device__ inline void relaxed_max(u32* word, u32 value) { atomicMax(word, value); }
__device__ inline void relaxed_or(u32* word, u32 value) { atomicOr(word, value); }

#else

inline u32 load_acquire(const u32* word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }
inline void store_release(u32* word, u32 value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }
inline void store_release_to_workers(u32* word, u32 value) { store_release(word, value); }
inline u32 fetch_add(u32* word, u32 value) {
  return __atomic_fetch_add(word, value, __ATOMIC_ACQ_REL);
}
/// A processor's read-modify-writes are ordered among themselves already.
inline void device_fence() {}
/// What this thread stored goes before what it loads next, other devices' memory included. Not
/// std::atomic_thread_fence, which ThreadSanitizer refuses.
inline void full_fence() { __sync_synchronize(); }
inline bool compare_exchange(u32* word, u32 expected, u32 desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_ACQ_REL,
                                     __ATOMIC_ACQUIRE);
}
inline bool relaxed_compare_exchange(u32* word, u32 expected, u32 desired) {
  return __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_RELAXED,
                                     __ATOMIC_RELAXED);
}
inline u32 relaxed_load(const u32* word) { return __atomic_load_n(word, __ATOMIC_RELAXED); }
inline void relaxed_store(u32* word, u32 value) { __atomic_store_n(word, value, __ATOMIC_RELAXED); }
inline void relaxed_add(u32* word, u32 value) { __atomic_fetch_add(word, value, __ATOMIC_RELAXED); }
inline u32 relaxed_fetch_add(u32* word, u32 value) {
  return __atomic_fetch_add(word, value, __ATOMIC_RELAXED);
}
inline void relaxed_or(u32* word, u32 value) { __atomic_fetch_or(word, value, __ATOMIC_RELAXED); }
inline void relaxed_min(u32* word, u32 value) {
  u32 seen = relaxed_load(word);
  while (value < seen && !__atomic_compare_exchange_n(word, &seen, value, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
  }
}
inline void relaxed_max(u32* word, u32 value) {
  u32 seen = relaxed_load(word);
  while (value > seen && !__atomic_compare_exchange_n(word, &seen, value, true, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED)) {
  }
}

#endif

}  // namespace vyre::wire
