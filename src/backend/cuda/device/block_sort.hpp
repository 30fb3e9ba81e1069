#pragma once

#include "backend/cuda/device/tile_words.hpp"
#include "kernel/records.hpp"
#include "kernel/registers.hpp"

// Sorting by a block, in place: bitonic merges, with comparisons across up to kSortBlock records in
// shared memory and wider ones where the records are. Every comparison puts the lesser record
// first, so that places beyond the last record, as if they held greater ones, need none.
#if defined(__CUDACC__)

namespace vyre::backend::device {

inline constexpr u32 kSortBlock = kernel::kScratchWords / 2;
static_assert((kSortBlock & (kSortBlock - 1)) == 0);

/// A record as a number of the same order.
__device__ inline u64 sort_key(const wire::Record& record) {
  return static_cast<u64>(record.offset) << 32 | record.value;
}
__device__ inline wire::Record record_of(u64 key) {
  return {static_cast<u32>(key >> 32), static_cast<u32>(key)};
}

/// The two places of comparison `index` at distance `reach`, a power of two. The first comparisons
/// of a merge are mirrored: they join two ascending runs of `reach` places.
struct Comparison {
  u32 low;
  u32 high;
  __device__ static Comparison at(u32 index, u32 reach, bool mirrored) {
    const u32 within = index & (reach - 1);
    const u32 low = 2 * index - within;
    return {low, mirrored ? low + 2 * (reach - within) - 1 : low + reach};
  }
};

/// Comparisons at distances `reach`, reach / 2, ... 1 of `count` keys in shared memory.
__device__ inline void merge_keys(u64* keys, u32 count, u32 reach, bool mirrored) {
  for (; reach > 0; reach /= 2, mirrored = false) {
    for (u32 i = threadIdx.x; i < kSortBlock / 2; i += kThreads) {
      const Comparison places = Comparison::at(i, reach, mirrored);
      if (places.high >= count) continue;
      const u64 low = keys[places.low];
      const u64 high = keys[places.high];
      if (high < low) {
        keys[places.low] = high;
        keys[places.high] = low;
      }
    }
    __syncthreads();
  }
}

/// Loads each kSortBlock of the records, calls merge(keys, count) and puts them back.
template <class Merge>
__device__ void each_sort_block(wire::Record* records, u32 count, u32* scratch, Merge merge) {
  u64* keys = reinterpret_cast<u64*>(scratch);
  for (u32 from = 0; from < count; from += kSortBlock) {
    const u32 here = min(count - from, kSortBlock);
    for (u32 i = threadIdx.x; i < here; i += kThreads) keys[i] = sort_key(records[from + i]);
    __syncthreads();
    merge(keys, here);
    for (u32 i = threadIdx.x; i < here; i += kThreads) records[from + i] = record_of(keys[i]);
    __syncthreads();
  }
}

/// Comparisons at distance `reach`, at least kSortBlock, where the records are.
__device__ inline void compare_far(wire::Record* records, u32 count, u32 reach, bool mirrored) {
  constexpr u32 kBatch = 4;
  const u32 pairs = (count + 2 * reach - 1) / (2 * reach) * reach;
  for (u32 from = threadIdx.x; from < pairs; from += kBatch * kThreads) {
    u64 low[kBatch] = {};
    u64 high[kBatch] = {};
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      const Comparison places = Comparison::at(from + i * kThreads, reach, mirrored);
      if (places.high >= count) continue;
      low[i] = sort_key(records[places.low]);
      high[i] = sort_key(records[places.high]);
    }
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      const Comparison places = Comparison::at(from + i * kThreads, reach, mirrored);
      if (high[i] >= low[i]) continue;
      records[places.low] = record_of(high[i]);
      records[places.high] = record_of(low[i]);
    }
  }
  __syncthreads();
}

/// The order of kernel::sort_records. All threads of the block call it; what is sorted already
/// costs one pass. At most 2^31 records.
VYRE_DEVICE_ROUTINE void sort_block(wire::Record* records, u32 count, u32* scratch) {
  bool unsorted = false;
  for (u32 i = threadIdx.x + 1; i < count; i += kThreads) {
    unsorted |= kernel::before(records[i], records[i - 1]);
  }
  if (__syncthreads_or(unsorted ? 1 : 0) == 0) return;
  __builtin_assume(__isShared(scratch));
  each_sort_block(records, count, scratch, [](u64* keys, u32 here) {
    for (u32 reach = 1; reach < here; reach *= 2) merge_keys(keys, here, reach, true);
  });
  for (u32 run = kSortBlock; run < count; run *= 2) {
    compare_far(records, count, run, true);
    for (u32 reach = run / 2; reach >= kSortBlock; reach /= 2) {
      compare_far(records, count, reach, false);
    }
    each_sort_block(records, count, scratch,
                    [](u64* keys, u32 here) { merge_keys(keys, here, kSortBlock / 2, false); });
  }
}

}  // namespace vyre::backend::device

#endif
