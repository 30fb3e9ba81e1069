#pragma once

#include "kernel/group.hpp"
#include "kernel/tile.hpp"
#include "vir0/isa.hpp"

namespace vyre::kernel {

inline constexpr u32 kBitmapLaneBytes = 32;
inline constexpr u32 kBitmapBytes = kLanes * kBitmapLaneBytes;

VYRE_HOST_DEVICE inline bool set_has(const u8* set, u8 byte) {
  return (set[byte / 8] >> (byte % 8) & 1) != 0;
}

/// Bit j of target[lane]: whether the set has the tile's byte start + 32 * lane + j; 0 beyond the
/// tile.
template <class Group>
VYRE_HOST_DEVICE void class_bitmap(Group group, const TileView& tile, const u8* set, u64 start,
                                   u32* target) {
  const u8* bytes = tile.bytes();
  const u64 left = start < tile.length ? tile.length - start : 0;
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    const u32 share = lane * kBitmapLaneBytes;
    u32 bits = 0;
    for (u32 j = 0; j < kBitmapLaneBytes && share + j < left; ++j) {
      bits |= (set_has(set, bytes[start + share + j]) ? 1u : 0u) << j;
    }
    target[lane] = bits;
  }
}

}  // namespace vyre::kernel
