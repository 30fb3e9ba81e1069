#pragma once

#include "backend/cuda/device/record_append.hpp"
#include "backend/cuda/device/tile_words.hpp"
#include "kernel/find_literal.hpp"

// The search for a literal: the first bytes of the literal, at most four, are compared at 16 places
// at a time; what follows them only where they are equal.
#if defined(__CUDACC__)

namespace vyre::backend::device {

/// The first bytes of a literal.
struct Prefix {
  static constexpr u32 kMost = 4;
  u32 value;
  u32 mask;

  __device__ static Prefix of(const kernel::Literal& literal) {
    Prefix prefix{0, 0};
    for (u32 i = 0; i < kMost && i < literal.length; ++i) {
      prefix.value |= static_cast<u32>(literal.bytes[i]) << (8 * i);
      prefix.mask |= 0xFFu << (8 * i);
    }
    return prefix;
  }
  /// Bit i: the prefix begins at the word's byte i; `next` are the four bytes after the word.
  __device__ u32 places(const Word& word, u32 next) const {
    u32 bits = 0;
#pragma unroll
    for (u32 i = 0; i < kWordBytes; ++i) {
      const u32 after = i / 4 == 3 ? next : word.part[(i / 4 + 1) % 4];
      const u32 bytes = __funnelshift_r(word.part[i / 4], after, 8 * (i % 4));
      bits |= ((bytes ^ value) & mask) == 0 ? 1u << i : 0;
    }
    return bits;
  }
};

/// Drops the bits of places outside [words.begin, end).
__device__ inline u32 places_within(const TileWords& words, u32 word, u32 end, u32 bits) {
  const u32 at = word * kWordBytes;
  if (at < words.begin) bits &= ~0u << (words.begin - at);
  if (at >= end) return 0;
  if (end - at < kWordBytes) bits &= (1u << (end - at)) - 1;
  return bits;
}

__device__ inline bool rest_at(const u8* bytes, const kernel::Literal& literal) {
  for (u32 i = Prefix::kMost; i < literal.length; ++i) {
    if (bytes[i] != literal.bytes[i]) return false;
  }
  return true;
}

/// Calls found(place) for each place of the tile where the literal begins. All threads of the block
/// call it.
template <class Found>
__device__ void each_occurrence(const kernel::TileView& tile, const kernel::Literal& literal,
                                Found found) {
  constexpr u32 kBatch = 4;
  constexpr u32 kWarp = kernel::BlockGroup::kWarp;
  const u32 places = kernel::literal_places(tile, literal);
  const TileWords words = words_of(tile, tile.before, tile.after);
  const u32 end = words.begin + places;
  const Prefix prefix = Prefix::of(literal);
  const u32 warp_first = threadIdx.x / kWarp * kWarp;
  const u32 lane = threadIdx.x % kWarp;
  // The same for all threads of a warp, since they ask each other for the bytes after their words.
  for (u32 from = warp_first; from * kWordBytes < end; from += kBatch * kThreads) {
    Word batch[kBatch];
    u32 next[kBatch];
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      const int at = static_cast<int>(from + i * kThreads + lane);
      batch[i] = {};
      next[i] = 0;
      if (words.whole(at)) batch[i] = load_word(words.address(at));
      if (lane == kWarp - 1 && words.whole(at + 1)) next[i] = load_quarter(words.address(at + 1));
    }
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      const u32 at = from + i * kThreads + lane;
      if (!words.whole(static_cast<int>(at))) batch[i] = words.load_part(static_cast<int>(at));
      if (lane == kWarp - 1 && !words.whole(static_cast<int>(at) + 1)) {
        next[i] = words.load_part(static_cast<int>(at) + 1).part[0];
      }
      const u32 after = __shfl_down_sync(kernel::BlockGroup::kAll, batch[i].part[0], 1);
      u32 bits = prefix.places(batch[i], lane == kWarp - 1 ? next[i] : after);
      if (bits != 0) bits = places_within(words, at, end, bits);
      for (; bits != 0; bits &= bits - 1) {
        const u32 place =
            at * kWordBytes + static_cast<u32>(__ffs(static_cast<int>(bits))) - 1 - words.begin;
        if (rest_at(tile.bytes() + place, literal)) found(place);
      }
    }
  }
}

/// kernel::find_count.
VYRE_DEVICE_ROUTINE u64 find_count(kernel::BlockGroup group, kernel::TileView tile,
                                   kernel::Literal literal, u32* scratch) {
  __builtin_assume(__isShared(scratch));
  u32 count = 0;
  each_occurrence(tile, literal, [&](u32) { ++count; });
  return group.sum(count, scratch);
}

/// kernel::find_emit, with the records in any order.
VYRE_DEVICE_ROUTINE void find_emit(kernel::TileView tile, kernel::Literal literal, u32 value,
                                   kernel::RecordSink& sink) {
  __syncthreads();
  each_occurrence(tile, literal, [&](u32 place) { append(sink, tile.offset + place, value); });
  __syncthreads();
}

}  // namespace vyre::backend::device

#endif
