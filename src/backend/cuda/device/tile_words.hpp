#pragma once

#include "kernel/block_group.hpp"
#include "kernel/tile.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

// Routines that take a whole tile are functions of their own: their registers are not to be those
// of the interpreter's loop, which calls them rarely. They take tiles by value, or the
// interpreter's would lie in memory.
#define VYRE_DEVICE_ROUTINE __device__ __noinline__ inline

inline constexpr u32 kWordBytes = 16;
inline constexpr u32 kThreads = kernel::BlockGroup::kThreads;

/// 16 bytes, the first in the lowest bits of part[0].
struct Word {
  u32 part[4];
};

// Streamed bytes are read once, so they go past the L1 cache, which tables need. Volatile, since
// the same address holds other bytes when the next tile comes.
__device__ inline Word load_word(const u8* aligned) {
  Word word;
  asm volatile("ld.global.cg.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(word.part[0]), "=r"(word.part[1]), "=r"(word.part[2]), "=r"(word.part[3])
               : "l"(aligned));
  return word;
}
__device__ inline u32 load_quarter(const u8* aligned) {
  u32 value;
  asm volatile("ld.global.cg.u32 %0, [%1];" : "=r"(value) : "l"(aligned));
  return value;
}
/// Through the L1 cache, for bytes that are read again soon.
__device__ inline Word load_word_cached(const u8* aligned) {
  Word word;
  asm volatile("ld.global.v4.u32 {%0, %1, %2, %3}, [%4];"
               : "=r"(word.part[0]), "=r"(word.part[1]), "=r"(word.part[2]), "=r"(word.part[3])
               : "l"(aligned));
  return word;
}
__device__ inline u32 load_quarter_cached(const u8* aligned) {
  u32 value;
  asm volatile("ld.global.u32 %0, [%1];" : "=r"(value) : "l"(aligned));
  return value;
}
__device__ inline u64 load_half(const u8* aligned) {
  u64 value;
  asm volatile("ld.global.cg.u64 %0, [%1];" : "=l"(value) : "l"(aligned));
  return value;
}
__device__ inline u32 load_byte(const u8* byte) {
  u32 value;
  asm volatile("ld.global.cg.u8 %0, [%1];" : "=r"(value) : "l"(byte));
  return value;
}

/// Bytes seen as words at addresses that are multiples of 16. Positions count from the first byte
/// of word 0, which has the tile's first byte.
struct TileWords {
  const u8* origin;
  /// Only bytes at [low, high) are loaded; the others of their words are 0.
  int low;
  int high;
  /// Of the tile's first byte; below 16.
  u32 begin;
  /// After the tile's last byte.
  u32 end;
  /// Words that have bytes of the tile.
  u32 count;

  __device__ bool whole(int word) const {
    const int at = word * static_cast<int>(kWordBytes);
    return at >= low && at + static_cast<int>(kWordBytes) <= high;
  }
  __device__ const u8* address(int word) const {
    return origin + word * static_cast<int>(kWordBytes);
  }
  __device__ Word load(int word) const {
    return whole(word) ? load_word(address(word)) : load_part(word);
  }
  __device__ Word load_part(int word) const {
    Word loaded{};
    for (u32 i = 0; i < kWordBytes; ++i) {
      const int at = word * static_cast<int>(kWordBytes) + static_cast<int>(i);
      const u32 byte = at >= low && at < high ? load_byte(origin + at) : 0;
      // Constant indices keep the word in registers.
#pragma unroll
      for (u32 part = 0; part < 4; ++part) {
        if (part == i / 4) loaded.part[part] |= byte << (8 * (i % 4));
      }
    }
    return loaded;
  }
};

/// `before` bytes before the tile and `after` bytes after it may be loaded too.
__device__ inline TileWords words_of(const kernel::TileView& tile, u32 before, u32 after) {
  const u32 begin = static_cast<u32>(reinterpret_cast<u64>(tile.bytes()) % kWordBytes);
  const u32 end = begin + tile.length;
  return {tile.bytes() - begin,
          static_cast<int>(begin) - static_cast<int>(before),
          static_cast<int>(end + after),
          begin,
          end,
          tile.length == 0 ? 0 : (end + kWordBytes - 1) / kWordBytes};
}

/// Calls on_word(word) for each whole word of the tile and on_byte(byte) for each byte outside
/// them; the block's threads share them out.
template <class OnWord, class OnByte>
__device__ void each_word(const kernel::TileView& tile, OnWord on_word, OnByte on_byte) {
  constexpr u32 kBatch = 4;
  const TileWords words = words_of(tile, 0, 0);
  const u32 first = words.begin == 0 ? 0 : 1;
  const u32 last = words.end / kWordBytes;
  const u32 thread = threadIdx.x;
  if (first > last) {
    if (thread < tile.length) on_byte(load_byte(tile.bytes() + thread));
    return;
  }
  const u32 head = first * kWordBytes - words.begin;
  if (first != 0 && thread < head) on_byte(load_byte(tile.bytes() + thread));
  if (thread < words.end % kWordBytes) on_byte(load_byte(words.address(last) + thread));
  u32 at = first + thread;
  for (; at + (kBatch - 1) * kThreads < last; at += kBatch * kThreads) {
    Word batch[kBatch];
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) batch[i] = load_word(words.address(at + i * kThreads));
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) on_word(batch[i]);
  }
  for (; at < last; at += kThreads) on_word(load_word(words.address(at)));
}

}  // namespace vyre::backend::device

#endif
