#include "backend/cpu/byte_routines_x86.hpp"
#include "backend/cpu/cpu_level.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include <bit>

#define VYRE_AVX512 [[gnu::target(VYRE_TARGET_AVX512)]]

namespace vyre::backend {
namespace {

/// Where the next class.bitmap of a loop begins, which the processor does not guess by itself; a
/// request beyond the bytes does no harm.
constexpr u32 kNextBitmap = 4096;

VYRE_AVX512 inline __m512i four_times(const u8* bytes) {
  // The masked form, since gcc 12 warns inside the header of the plain one.
  return _mm512_maskz_broadcast_i32x4(0xFFFF,
                                      _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes)));
}

VYRE_AVX512 inline u64 equal_bits(const u8* bytes, __m512i wanted) {
  return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(bytes), wanted);
}

}  // namespace

VYRE_AVX512 u64 count_avx512(const u8* bytes, u32 size, u8 wanted) {
  const __m512i value = _mm512_set1_epi8(static_cast<char>(wanted));
  u64 total = 0;
  for (; size >= 64; bytes += 64, size -= 64) {
    total += static_cast<u64>(std::popcount(equal_bits(bytes, value)));
  }
  for (; size > 0; ++bytes, --size) total += *bytes == wanted ? 1 : 0;
  return total;
}

// As class_bits_avx2.
VYRE_AVX512 void class_bits_avx512(const u8* bytes, u32 blocks, const u8* set, u32* target) {
  const __m512i low_half = four_times(set);
  const __m512i high_half = four_times(set + 16);
  const __m512i bit_table = _mm512_set1_epi64(static_cast<long long>(0x8040201008040201));
  u32 block = 0;
  for (; block + 2 <= blocks; block += 2, bytes += 64) {
    __builtin_prefetch(bytes + kNextBitmap);
    const __m512i value = _mm512_loadu_si512(bytes);
    const __m512i index = _mm512_and_si512(_mm512_srli_epi16(value, 3), _mm512_set1_epi8(15));
    const __m512i row = _mm512_mask_shuffle_epi8(_mm512_shuffle_epi8(low_half, index),
                                                 _mm512_movepi8_mask(value), high_half, index);
    const __m512i bit =
        _mm512_shuffle_epi8(bit_table, _mm512_and_si512(value, _mm512_set1_epi8(7)));
    const u64 has = _mm512_test_epi8_mask(row, bit);
    target[block] = static_cast<u32>(has);
    target[block + 1] = static_cast<u32>(has >> 32);
  }
  class_bits_avx2(bytes, blocks - block, set, target + block);
}

VYRE_AVX512 void find_pairs_avx512(const u8* bytes, u32 blocks, u8 first, u8 last, u32 distance,
                                   u64* target) {
  const __m512i begin = _mm512_set1_epi8(static_cast<char>(first));
  const __m512i end = _mm512_set1_epi8(static_cast<char>(last));
  for (u32 block = 0; block < blocks; ++block, bytes += 64) {
    target[block] = equal_bits(bytes, begin) & equal_bits(bytes + distance, end);
  }
}

}  // namespace vyre::backend
#endif
