#pragma once

#include "kernel/bits.hpp"
#include "kernel/tile.hpp"

// XXH64 with seed 0, spread over a file's tiles: four accumulators pass from tile to tile. Written
// from the algorithm's description (github.com/Cyan4973/xxHash, doc/xxhash_spec.md).
namespace vyre::kernel {

namespace xxh64 {

inline constexpr u64 kPrime1 = 0x9E3779B185EBCA87;
inline constexpr u64 kPrime2 = 0xC2B2AE3D27D4EB4F;
inline constexpr u64 kPrime3 = 0x165667B19E3779F9;
inline constexpr u64 kPrime4 = 0x85EBCA77C2B2AE63;
inline constexpr u64 kPrime5 = 0x27D4EB2F165667C5;
inline constexpr u32 kStripe = 32;
inline constexpr u32 kAccumulators = 4;

VYRE_HOST_DEVICE constexpr u64 rotate(u64 value, u32 by) {
  return value << by | value >> (64 - by);
}

VYRE_HOST_DEVICE constexpr u64 round(u64 accumulator, u64 input) {
  return rotate(accumulator + input * kPrime2, 31) * kPrime1;
}

VYRE_HOST_DEVICE constexpr u64 initial(u32 accumulator) {
  switch (accumulator) {
    case 0:
      return kPrime1 + kPrime2;
    case 1:
      return kPrime2;
    case 2:
      return 0;
    default:
      return 0 - kPrime1;
  }
}

VYRE_HOST_DEVICE inline u64 merge(const u64* accumulators) {
  u64 hash = rotate(accumulators[0], 1) + rotate(accumulators[1], 7) + rotate(accumulators[2], 12) +
             rotate(accumulators[3], 18);
  for (u32 i = 0; i < kAccumulators; ++i) {
    hash = (hash ^ round(0, accumulators[i])) * kPrime1 + kPrime4;
  }
  return hash;
}

/// Takes in the last bytes, fewer than a stripe.
VYRE_HOST_DEVICE inline u64 finish(u64 hash, const u8* bytes, u32 length) {
  for (; length >= 8; bytes += 8, length -= 8) {
    hash = rotate(hash ^ round(0, load_unaligned<u64>(bytes)), 27) * kPrime1 + kPrime4;
  }
  if (length >= 4) {
    hash = rotate(hash ^ load_unaligned<u32>(bytes) * kPrime1, 23) * kPrime2 + kPrime3;
    bytes += 4;
    length -= 4;
  }
  for (; length > 0; ++bytes, --length) hash = rotate(hash ^ *bytes * kPrime5, 11) * kPrime1;
  hash = (hash ^ hash >> 33) * kPrime2;
  hash = (hash ^ hash >> 29) * kPrime3;
  return hash ^ hash >> 32;
}

/// Advances the accumulators over whole stripes; a thread for each, or one for all.
template <class Group>
VYRE_HOST_DEVICE void advance(Group group, const u8* bytes, u32 stripes, u64* accumulators) {
  if constexpr (Group::kSequential) {
    u64 own[kAccumulators];
    for (u32 i = 0; i < kAccumulators; ++i) own[i] = accumulators[i];
    for (u32 stripe = 0; stripe < stripes; ++stripe, bytes += kStripe) {
      for (u32 i = 0; i < kAccumulators; ++i) {
        own[i] = round(own[i], load_unaligned<u64>(bytes + 8 * i));
      }
    }
    for (u32 i = 0; i < kAccumulators; ++i) accumulators[i] = own[i];
  } else if (group.thread() < kAccumulators) {
    u64 own = accumulators[group.thread()];
    for (u32 stripe = 0; stripe < stripes; ++stripe, bytes += kStripe) {
      own = round(own, load_unaligned<u64>(bytes + 8 * group.thread()));
    }
    accumulators[group.thread()] = own;
  }
}

}  // namespace xxh64

/// xxh64_tile; advance(stripes) advances the accumulators over as many whole stripes of the tile.
template <class Group, class Advance>
VYRE_HOST_DEVICE u64 xxh64_tile_by(Group group, const TileView& tile, u64* accumulators,
                                   u32* scratch, Advance advance) {
  group.sync();
  if (group.leader() && tile.file_begin() == 0) {
    for (u32 i = 0; i < xxh64::kAccumulators; ++i) accumulators[i] = xxh64::initial(i);
  }
  group.sync();
  const u32 stripes = tile.length / xxh64::kStripe;
  advance(stripes);
  group.sync();
  u64 hash = 0;
  if (group.leader() && tile.last_of_file()) {
    const u64 total = tile.file_begin() + tile.length;
    const u64 start = total < xxh64::kStripe ? xxh64::kPrime5 : xxh64::merge(accumulators);
    const u32 taken = stripes * xxh64::kStripe;
    hash = xxh64::finish(start + total, tile.bytes() + taken, tile.length - taken);
  }
  return group.broadcast(hash, scratch);
}

/// Advances the four accumulators, which the group shares, over the tile; gives the file's hash in
/// its last tile, else 0.
template <class Group>
VYRE_HOST_DEVICE u64 xxh64_tile(Group group, const TileView& tile, u64* accumulators,
                                u32* scratch) {
  return xxh64_tile_by(group, tile, accumulators, scratch, [&](u32 stripes) {
    xxh64::advance(group, tile.bytes(), stripes, accumulators);
  });
}

}  // namespace vyre::kernel
