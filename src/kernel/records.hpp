#pragma once

#include "wire/outcome.hpp"

namespace vyre::kernel {

/// Collects the records of one chunk. Above the capacity it only counts.
struct RecordSink {
  wire::Record* records;
  u32 capacity;
  /// Records of this run.
  u64 count;
  /// Records of the chunk, where several runs share its tiles, as on a device; in the workers' own
  /// memory. Null where one run has all of them.
  u64* total = nullptr;

  /// Makes room for `added` records and gives the place of the first. One thread at a time.
  VYRE_HOST_DEVICE u64 reserve(u64 added) {
#if defined(__CUDA_ARCH__)
    const u64 first =
        total == nullptr ? count : atomicAdd(reinterpret_cast<unsigned long long*>(total), added);
#else
    const u64 first = count;
#endif
    count += added;
    return first;
  }
  VYRE_HOST_DEVICE void push(u32 offset, u32 value) {
    const u64 place = reserve(1);
    if (place < capacity) records[place] = {offset, value};
  }
  VYRE_HOST_DEVICE bool overflowed() const { return count > capacity; }
};

/// The same for the bytes of its output.
struct OutputSink {
  u8* bytes;
  u64 capacity;
  u64 count;
  VYRE_HOST_DEVICE bool overflowed() const { return count > capacity; }
};

/// What an outcome, whose count is 32 bits, says about `count` records.
VYRE_HOST_DEVICE inline u32 outcome_count(u64 count) {
  return count > 0xFFFFFFFF ? 0xFFFFFFFF : static_cast<u32>(count);
}

VYRE_HOST_DEVICE inline bool before(const wire::Record& a, const wire::Record& b) {
  return a.offset != b.offset ? a.offset < b.offset : a.value < b.value;
}

VYRE_HOST_DEVICE inline void sift_down(wire::Record* records, u32 root, u32 count) {
  const wire::Record moving = records[root];
  while (true) {
    u32 child = 2 * root + 1;
    if (child >= count) break;
    if (child + 1 < count && before(records[child], records[child + 1])) ++child;
    if (!before(moving, records[child])) break;
    records[root] = records[child];
    root = child;
  }
  records[root] = moving;
}

/// Ascending by offset, then value. In place and without recursion (heap sort), so that it runs on
/// a device; what is sorted already, the common case, costs one pass.
VYRE_HOST_DEVICE inline void sort_records(wire::Record* records, u32 count) {
  u32 sorted = 1;
  while (sorted < count && !before(records[sorted], records[sorted - 1])) ++sorted;
  if (sorted >= count) return;
  for (u32 root = count / 2; root-- > 0;) sift_down(records, root, count);
  for (u32 last = count - 1; last > 0; --last) {
    const wire::Record greatest = records[0];
    records[0] = records[last];
    records[last] = greatest;
    sift_down(records, 0, last);
  }
}

}  // namespace vyre::kernel
