#include "backend/cpu/start_filter.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace vyre::backend {

#if defined(__x86_64__)
namespace {

[[gnu::target("avx2")]] inline __m256i load_table(const u8* table) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
}

/// Buckets that the 32 bytes allow, for one position of the triple.
[[gnu::target("avx2")]] inline __m256i allowed(__m256i low, __m256i high, const u8* bytes) {
  const __m256i nibble = _mm256_set1_epi8(15);
  const __m256i value = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(bytes));
  const __m256i by_low = _mm256_shuffle_epi8(low, _mm256_and_si256(value, nibble));
  const __m256i by_high =
      _mm256_shuffle_epi8(high, _mm256_and_si256(_mm256_srli_epi16(value, 4), nibble));
  return _mm256_and_si256(by_low, by_high);
}

[[gnu::target("avx2")]] void find_candidates_avx2(const NibbleTables& tables, const u8* bytes,
                                                  u32 blocks, u64* candidates) {
  const __m256i low[3] = {load_table(tables.low[0]), load_table(tables.low[1]),
                          load_table(tables.low[2])};
  const __m256i high[3] = {load_table(tables.high[0]), load_table(tables.high[1]),
                           load_table(tables.high[2])};
  for (u32 block = 0; block < blocks; ++block, bytes += 64) {
    u64 bits = 0;
    for (u32 half = 0; half < 2; ++half) {
      const u8* at = bytes + half * 32;
      const __m256i pass = _mm256_and_si256(
          _mm256_and_si256(allowed(low[0], high[0], at), allowed(low[1], high[1], at + 1)),
          allowed(low[2], high[2], at + 2));
      const __m256i none = _mm256_cmpeq_epi8(pass, _mm256_setzero_si256());
      bits |= static_cast<u64>(~static_cast<u32>(_mm256_movemask_epi8(none))) << (half * 32);
    }
    candidates[block] = bits;
  }
}

#define VYRE_AVX512 [[gnu::target("avx512f,avx512bw")]]

VYRE_AVX512 inline __m512i load_wide_table(const u8* table) {
  return _mm512_maskz_broadcast_i32x4(0xFFFF,
                                      _mm_load_si128(reinterpret_cast<const __m128i*>(table)));
}

VYRE_AVX512 inline __m512i allowed_wide(__m512i low, __m512i high, const u8* bytes) {
  const __m512i nibble = _mm512_set1_epi8(15);
  const __m512i value = _mm512_loadu_si512(bytes);
  const __m512i by_low = _mm512_shuffle_epi8(low, _mm512_and_si512(value, nibble));
  const __m512i by_high =
      _mm512_shuffle_epi8(high, _mm512_and_si512(_mm512_srli_epi16(value, 4), nibble));
  return _mm512_and_si512(by_low, by_high);
}

VYRE_AVX512 void find_candidates_avx512(const NibbleTables& tables, const u8* bytes, u32 blocks,
                                        u64* candidates) {
  const __m512i low[3] = {load_wide_table(tables.low[0]), load_wide_table(tables.low[1]),
                          load_wide_table(tables.low[2])};
  const __m512i high[3] = {load_wide_table(tables.high[0]), load_wide_table(tables.high[1]),
                           load_wide_table(tables.high[2])};
  for (u32 block = 0; block < blocks; ++block, bytes += 64) {
    const __m512i first_two = _mm512_and_si512(allowed_wide(low[0], high[0], bytes),
                                               allowed_wide(low[1], high[1], bytes + 1));
    candidates[block] = _mm512_test_epi8_mask(first_two, allowed_wide(low[2], high[2], bytes + 2));
  }
}

#undef VYRE_AVX512

}  // namespace

std::vector<FindCandidates> candidate_finders() {
  std::vector<FindCandidates> finders;
  if (__builtin_cpu_supports("avx512bw")) finders.push_back(find_candidates_avx512);
  if (__builtin_cpu_supports("avx2")) finders.push_back(find_candidates_avx2);
  return finders;
}

#else

std::vector<FindCandidates> candidate_finders() { return {}; }

#endif

}  // namespace vyre::backend
