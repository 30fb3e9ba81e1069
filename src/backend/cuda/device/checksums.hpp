#pragma once

#include "backend/cuda/device/crc32c_tables.hpp"
#include "backend/cuda/device/tile_words.hpp"
#include "kernel/registers.hpp"
#include "kernel/xxh64.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

static_assert(kernel::kScratchWords * sizeof(u32) == sizeof(CrcRowTable));

/// kernel::crc32c_part. The tile, filled up with zeros to whole words, is rows of kThreads words,
/// the last row complete. A thread takes the four columns of its word's place: from row to row each
/// is multiplied by a constant power of x, by four look-ups in a table. Zeros before the tile
/// change no remainder; those after it are a shift that the last power undoes.
VYRE_DEVICE_ROUTINE u32 crc32c_part(kernel::BlockGroup group, kernel::TileView tile, u32* scratch) {
  static constexpr CrcRowTable kRows = make_crc_row_table();
  static constexpr CrcColumnPowers kColumns = make_crc_column_powers();
  constexpr u32 kQuarters = 4;
  __builtin_assume(__isShared(scratch));
  const u32 thread = threadIdx.x;
  __syncthreads();
  for (u32 i = thread; i < kernel::kScratchWords; i += kThreads) {
    scratch[i] = kRows.values[i / 256][i % 256];
  }
  __syncthreads();
  const TileWords words = words_of(tile, 0, 0);
  const u32 rows = (words.count + kThreads - 1) / kThreads;
  int at = static_cast<int>(thread) - static_cast<int>(rows * kThreads - words.count);
  u32 column[kQuarters] = {};
  Word pending = rows == 0 ? Word{} : words.load(at);
#pragma unroll 1
  for (u32 row = 0; row < rows; ++row) {
    const Word word = pending;
    at += static_cast<int>(kThreads);
    if (row + 1 < rows) pending = words.load(at);
#pragma unroll
    for (u32 i = 0; i < kQuarters; ++i) {
      const u32 value = column[i];
      column[i] = word.part[i] ^ scratch[value & 0xFF] ^ scratch[256 + (value >> 8 & 0xFF)] ^
                  scratch[512 + (value >> 16 & 0xFF)] ^ scratch[768 + (value >> 24)];
    }
  }
  u32 remainder = 0;
#pragma unroll
  for (u32 i = 0; i < kQuarters; ++i) {
    remainder ^= wire::crc32c_multiply(column[i], kColumns.values[kQuarters * thread + i]);
  }
  __syncthreads();
  remainder = group.exclusive_or(remainder, scratch);
  const u64 filled_end = tile.file_begin() - words.begin + words.count * kWordBytes;
  return wire::crc32c_multiply(remainder, crc_unshift(tile.length == 0 ? 0 : filled_end));
}

/// The eight bytes from `bytes` on; only those at [low, high) may be loaded, and these eight may.
__device__ inline u64 load_eight(const u8* bytes, const u8* low, const u8* high) {
  const u32 shift = static_cast<u32>(reinterpret_cast<u64>(bytes) % 8);
  if (shift == 0) return load_half(bytes);
  const u8* aligned = bytes - shift;
  if (aligned >= low && aligned + 16 <= high) {
    return load_half(aligned) >> (8 * shift) | load_half(aligned + 8) << (64 - 8 * shift);
  }
  u64 value = 0;
  for (u32 i = 0; i < 8; ++i) value |= static_cast<u64>(load_byte(bytes + i)) << (8 * i);
  return value;
}

/// kernel::xxh64::advance: a thread for each accumulator, with the next stripes' bytes under way
/// while it works on these.
__device__ inline void advance_xxh64(const kernel::TileView& tile, u32 stripes, u64* accumulators) {
  namespace xxh64 = kernel::xxh64;
  constexpr u32 kBatch = 8;
  const u32 thread = threadIdx.x;
  if (thread >= xxh64::kAccumulators) return;
  const u8* low = tile.readable_bytes();
  const u8* high = low + tile.readable();
  const u8* bytes = tile.bytes() + 8 * thread;
  u64 own = accumulators[thread];
  u64 pending[kBatch] = {};
#pragma unroll
  for (u32 i = 0; i < kBatch; ++i) {
    if (i < stripes) pending[i] = load_eight(bytes + i * xxh64::kStripe, low, high);
  }
  for (u32 from = 0; from < stripes; from += kBatch) {
    u64 batch[kBatch];
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      batch[i] = pending[i];
      const u32 next = from + kBatch + i;
      if (next < stripes) pending[i] = load_eight(bytes + next * xxh64::kStripe, low, high);
    }
#pragma unroll
    for (u32 i = 0; i < kBatch; ++i) {
      if (from + i < stripes) own = xxh64::round(own, batch[i]);
    }
  }
  accumulators[thread] = own;
}

/// kernel::xxh64_tile.
VYRE_DEVICE_ROUTINE u64 xxh64(kernel::BlockGroup group, kernel::TileView tile, u64* accumulators,
                              u32* scratch) {
  return kernel::xxh64_tile_by(group, tile, accumulators, scratch,
                               [&](u32 stripes) { advance_xxh64(tile, stripes, accumulators); });
}

}  // namespace vyre::backend::device

#endif
