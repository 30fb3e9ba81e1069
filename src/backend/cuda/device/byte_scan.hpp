#pragma once

#include "backend/cuda/device/tile_words.hpp"
#include "kernel/class_bitmap.hpp"
#include "kernel/registers.hpp"

// Macro-instructions on single bytes, 16 of them at a time.
#if defined(__CUDACC__)

namespace vyre::backend::device {

/// kernel::count_byte.
VYRE_DEVICE_ROUTINE u64 count_byte(kernel::BlockGroup group, kernel::TileView tile, u8 wanted,
                                   u32* scratch) {
  __builtin_assume(__isShared(scratch));
  constexpr u32 kLowBits = 0x7F7F7F7F;
  const u32 pattern = wanted * 0x01010101u;
  u32 count = 0;
  each_word(
      tile,
      [&](const Word& word) {
#pragma unroll
        for (const u32 part : word.part) {
          const u32 difference = part ^ pattern;
          // Bit 7 of each byte that differs, without carries between bytes.
          const u32 differs = ((difference & kLowBits) + kLowBits) | difference | kLowBits;
          count += static_cast<u32>(__popc(~differs));
        }
      },
      [&](u32 byte) { count += byte == wanted ? 1 : 0; });
  return group.sum(count, scratch);
}

inline constexpr u32 kHistogramCopies = kernel::BlockGroup::kWarps;
static_assert(kernel::kScratchWords >= kHistogramCopies * vir0::kHistogramWords);

/// kernel::histogram. Each warp counts into words of its own.
VYRE_DEVICE_ROUTINE void histogram(kernel::TileView tile, u64* words, u32* scratch) {
  __builtin_assume(__isShared(scratch));
  constexpr u32 kCounters = vir0::kHistogramWords;
  u32* counters = scratch + threadIdx.x / kernel::BlockGroup::kWarp * kCounters;
  __syncthreads();
  for (u32 c = threadIdx.x; c < kHistogramCopies * kCounters; c += kThreads) scratch[c] = 0;
  __syncthreads();
  each_word(
      tile,
      [&](const Word& word) {
        const u32 first = word.part[0];
        const u32 same = first ^ __byte_perm(first, 0, 0x0000);
        const u32 others = (first ^ word.part[1]) | (first ^ word.part[2]) | (first ^ word.part[3]);
        // Runs of one byte are common, and additions to one word take turns.
        if ((same | others) == 0) {
          atomicAdd(counters + (first & 0xFF), kWordBytes);
          return;
        }
#pragma unroll
        for (const u32 part : word.part) {
#pragma unroll
          for (u32 i = 0; i < 4; ++i) atomicAdd(counters + (part >> (8 * i) & 0xFF), 1u);
        }
      },
      [&](u32 byte) { atomicAdd(counters + byte, 1u); });
  __syncthreads();
  for (u32 c = threadIdx.x; c < kCounters; c += kThreads) {
    u32 count = 0;
#pragma unroll
    for (u32 copy = 0; copy < kHistogramCopies; ++copy) count += scratch[copy * kCounters + c];
    words[c] += count;
  }
  __syncthreads();
}

/// The eight words from `bytes` on, of which `count` bytes are wanted; `low` and `high` bound what
/// may be loaded, and bytes that are not wanted may be anything. Programs ask of one place for
/// several sets, and look at what they have found.
__device__ inline void load_share(const u8* bytes, u32 count, const u8* low, const u8* high,
                                  u32* share) {
  constexpr u32 kQuarters = kernel::kBitmapLaneBytes / 4;
  const u32 shift = static_cast<u32>(reinterpret_cast<u64>(bytes) % 4);
  const u8* aligned = bytes - shift;
  if (count == kernel::kBitmapLaneBytes && reinterpret_cast<u64>(bytes) % kWordBytes == 0) {
#pragma unroll
    for (u32 half = 0; half < 2; ++half) {
      const Word word = load_word_cached(bytes + half * kWordBytes);
#pragma unroll
      for (u32 i = 0; i < 4; ++i) share[4 * half + i] = word.part[i];
    }
  } else if (count == kernel::kBitmapLaneBytes && aligned >= low &&
             aligned + 4 * (kQuarters + 1) <= high) {
    u32 quarter = load_quarter_cached(aligned);
#pragma unroll
    for (u32 i = 0; i < kQuarters; ++i) {
      const u32 next = load_quarter_cached(aligned + 4 * (i + 1));
      share[i] = __funnelshift_r(quarter, next, 8 * shift);
      quarter = next;
    }
  } else {
#pragma unroll
    for (u32 i = 0; i < kernel::kBitmapLaneBytes; ++i) {
      if (i % 4 == 0) share[i / 4] = 0;
      if (i < count) share[i / 4] |= load_byte(bytes + i) << (8 * (i % 4));
    }
  }
}

inline constexpr u32 kShareWords = kernel::kBitmapLaneBytes / 4;

/// This lane's part of the tile's bytes from `start` on, as far as there are any; gives their
/// number, which is 32 but at the end.
__device__ inline u32 load_lane_share(const kernel::TileView& tile, u64 start, u32* share) {
  constexpr u32 kLaneShare = kernel::kBitmapLaneBytes;
  const u32 first = threadIdx.x * kLaneShare;
  const u64 left = start < tile.length ? tile.length - start : 0;
  const u64 own_left = left > first ? left - first : 0;
  const u32 count = own_left < kLaneShare ? static_cast<u32>(own_left) : kLaneShare;
  const u8* readable = tile.readable_bytes();
  if (count > 0) {
    load_share(tile.bytes() + start + first, count, readable, readable + tile.readable(), share);
  }
  // Programs go from block to block, the work on each between: the next is brought meanwhile.
  if (own_left > kernel::kBitmapBytes) {
    asm volatile(
        "prefetch.global.L2 [%0];" ::"l"(tile.bytes() + start + first + kernel::kBitmapBytes));
  }
  return count;
}

__device__ inline u32 keep_lanes_own(u32 bits, u32 count) {
  return count == kernel::kBitmapLaneBytes ? bits : bits & ((1u << count) - 1);
}

/// A lane's word of kernel::class_bitmap. A lane of a warp keeps a word of the set, which the
/// others ask it for.
__device__ inline u32 class_bits(const kernel::TileView& tile, const u8* set, u64 start) {
  constexpr u32 kSetWords = vir0::kSetBytes / 4;
  const u8* own = set + threadIdx.x % kSetWords * 4;
  const u32 set_word = own[0] | own[1] << 8 | own[2] << 16 | static_cast<u32>(own[3]) << 24;
  u32 share[kShareWords] = {};
  const u32 count = load_lane_share(tile, start, share);
  u32 bits = 0;
#pragma unroll
  for (u32 i = 0; i < kernel::kBitmapLaneBytes; ++i) {
    const u32 byte = share[i / 4] >> (8 * (i % 4));
    // Of the byte's own bits, the shuffle takes the upper three and the shift the lower five.
    const u32 members = __shfl_sync(kernel::BlockGroup::kAll, set_word, byte >> 5, kSetWords);
    bits = __funnelshift_r(bits, __funnelshift_r(members, 0, byte), 1);
  }
  return keep_lanes_own(bits, count);
}

/// The same of a set that has `byte` alone.
__device__ inline u32 byte_bits(const kernel::TileView& tile, u32 byte, u64 start) {
  constexpr u32 kLowBits = 0x7F7F7F7F;
  const u32 pattern = byte * 0x01010101u;
  u32 share[kShareWords] = {};
  const u32 count = load_lane_share(tile, start, share);
  u32 bits = 0;
#pragma unroll
  for (u32 i = 0; i < kShareWords; ++i) {
    const u32 difference = share[i] ^ pattern;
    // Bit 7 of each byte that is equal, without carries between bytes; then side by side.
    const u32 equal = ~(((difference & kLowBits) + kLowBits) | difference | kLowBits);
    bits |= static_cast<u32>(__dp4a(equal >> 7, 0x08040201u, 0u)) << (4 * i);
  }
  return keep_lanes_own(bits, count);
}

/// kernel::class_bitmap.
__device__ inline void class_bitmap(const kernel::TileView& tile, const u8* set, u64 start,
                                    u32* target) {
  target[threadIdx.x] = class_bits(tile, set, start);
}

}  // namespace vyre::backend::device

#endif
