#include "backend/cpu/byte_routines_x86.hpp"
#include "backend/cpu/cpu_level.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#define VYRE_AVX2 [[gnu::target(VYRE_TARGET_AVX2)]]

namespace vyre::backend {
namespace {

/// Where the next class.bitmap of a loop begins, which the processor does not guess by itself; a
/// request beyond the bytes does no harm.
constexpr u32 kNextBitmap = 4096;

VYRE_AVX2 inline __m256i load(const u8* bytes) {
  return _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
}

VYRE_AVX2 inline __m256i twice(const u8* bytes) {
  return _mm256_broadcastsi128_si256(_mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

VYRE_AVX2 inline u64 sum_of_bytes(__m256i counts) {
  const __m256i sums = _mm256_sad_epu8(counts, _mm256_setzero_si256());
  const __m128i halves =
      _mm_add_epi64(_mm256_castsi256_si128(sums), _mm256_extracti128_si256(sums, 1));
  return static_cast<u64>(_mm_cvtsi128_si64(halves) + _mm_extract_epi64(halves, 1));
}

VYRE_AVX2 inline u32 equal_bits(const u8* bytes, __m256i wanted) {
  return static_cast<u32>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(load(bytes), wanted)));
}

}  // namespace

VYRE_AVX2 u64 count_avx2(const u8* bytes, u32 size, u8 wanted) {
  // As many steps as a byte can count.
  constexpr u32 kSteps = 255;
  constexpr u32 kWide = 128;
  const __m256i value = _mm256_set1_epi8(static_cast<char>(wanted));
  u64 total = 0;
  while (size >= kWide) {
    __m256i counts[4] = {};
    for (u32 step = 0; step < kSteps && size >= kWide; ++step, bytes += kWide, size -= kWide) {
      for (u32 i = 0; i < 4; ++i) {
        counts[i] = _mm256_sub_epi8(counts[i], _mm256_cmpeq_epi8(load(bytes + 32 * i), value));
      }
    }
    for (const __m256i& part : counts) total += sum_of_bytes(part);
  }
  for (; size > 0; ++bytes, --size) total += *bytes == wanted ? 1 : 0;
  return total;
}

// Byte c is in the set where bit c % 8 of the set's byte c / 8 is 1. The set's two halves are for
// c below 128 and above; a shuffle looks up either by bits 3..6 of c.
VYRE_AVX2 void class_bits_avx2(const u8* bytes, u32 blocks, const u8* set, u32* target) {
  const __m256i low_half = twice(set);
  const __m256i high_half = twice(set + 16);
  const __m256i bit_table = _mm256_set1_epi64x(static_cast<long long>(0x8040201008040201));
  for (u32 block = 0; block < blocks; ++block, bytes += 32) {
    __builtin_prefetch(bytes + kNextBitmap);
    const __m256i value = load(bytes);
    const __m256i index = _mm256_and_si256(_mm256_srli_epi16(value, 3), _mm256_set1_epi8(15));
    const __m256i row = _mm256_blendv_epi8(_mm256_shuffle_epi8(low_half, index),
                                           _mm256_shuffle_epi8(high_half, index), value);
    const __m256i bit =
        _mm256_shuffle_epi8(bit_table, _mm256_and_si256(value, _mm256_set1_epi8(7)));
    const __m256i has = _mm256_cmpeq_epi8(_mm256_and_si256(row, bit), bit);
    target[block] = static_cast<u32>(_mm256_movemask_epi8(has));
  }
}

VYRE_AVX2 void find_pairs_avx2(const u8* bytes, u32 blocks, u8 first, u8 last, u32 distance,
                               u64* target) {
  const __m256i begin = _mm256_set1_epi8(static_cast<char>(first));
  const __m256i end = _mm256_set1_epi8(static_cast<char>(last));
  for (u32 block = 0; block < blocks; ++block, bytes += 64) {
    const u32 low = equal_bits(bytes, begin) & equal_bits(bytes + distance, end);
    const u32 high = equal_bits(bytes + 32, begin) & equal_bits(bytes + 32 + distance, end);
    target[block] = u64{high} << 32 | low;
  }
}

}  // namespace vyre::backend
#endif
