#pragma once

#include "wire/outcome.hpp"

namespace vyre::kernel {

VYRE_HOST_DEVICE inline u32 saturating_add(u32 a, u32 b) {
  return a > 0xFFFFFFFF - b ? 0xFFFFFFFF : a + b;
}

/// Collects the records of one slot. Above the capacity it only counts (up to 2^32 - 1).
struct RecordSink {
  wire::Record* records;
  u32 capacity;
  u32 count;

  VYRE_HOST_DEVICE void push(u32 offset, u32 value) {
    if (count < capacity) records[count] = {offset, value};
    count = saturating_add(count, 1);
  }
  VYRE_HOST_DEVICE bool overflowed() const { return count > capacity; }
};

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
