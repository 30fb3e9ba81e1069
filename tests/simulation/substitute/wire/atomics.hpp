#pragma once

#include "tests/simulation/atomic_hook.hpp"
#include "wire/platform.hpp"

// Stands in for src/wire/atomics.hpp where sources are compiled for the simulator: each access may
// end the turn of who makes it, and each write is checked. One thread does everything, so the
// accesses themselves are plain, and their orders those of the program. The inline namespace keeps
// these functions apart from the true ones of what is linked in.
namespace vyre::wire {
inline namespace simulated {

inline u32 load_acquire(const u32* word) {
  simulation::before_load();
  return *word;
}
inline u32 relaxed_load(const u32* word) { return load_acquire(word); }

/// Stores and tells of it.
inline void store_release(u32* word, u32 value) {
  const u32 previous = *word;
  *word = value;
  simulation::after_write(word, previous, value);
}
inline void store_release_to_workers(u32* word, u32 value) { store_release(word, value); }
inline void relaxed_store(u32* word, u32 value) { store_release(word, value); }

inline u32 fetch_add(u32* word, u32 value) {
  simulation::before_load();
  const u32 previous = *word;
  *word = previous + value;
  simulation::after_write(word, previous, previous + value);
  return previous;
}
inline bool compare_exchange(u32* word, u32 expected, u32 desired) {
  simulation::before_load();
  if (*word != expected) return false;
  *word = desired;
  simulation::after_write(word, expected, desired);
  return true;
}
inline void device_fence() {}
inline void full_fence() {}

inline bool relaxed_compare_exchange(u32* word, u32 expected, u32 desired) {
  return compare_exchange(word, expected, desired);
}
inline u32 relaxed_fetch_add(u32* word, u32 value) { return fetch_add(word, value); }
inline void relaxed_add(u32* word, u32 value) { fetch_add(word, value); }
inline void relaxed_or(u32* word, u32 value) { store_release(word, load_acquire(word) | value); }
inline void relaxed_min(u32* word, u32 value) {
  if (value < load_acquire(word)) store_release(word, value);
}
inline void relaxed_max(u32* word, u32 value) {
  if (value > load_acquire(word)) store_release(word, value);
}

}  // namespace simulated
}  // namespace vyre::wire
