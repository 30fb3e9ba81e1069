#include <immintrin.h>

#include <bit>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

/// By low nibble: bit h for the high nibbles 0..7 (`low`) and 8..15 (`high`) that make a member.
struct NibbleTables {
  alignas(16) u8 low[16] = {};
  alignas(16) u8 high[16] = {};

  explicit NibbleTables(const ByteSet& set) {
    for (u32 byte = 0; byte < 256; ++byte) {
      if (set[byte] == 0) continue;
      u8& cell = (byte < 128 ? low : high)[byte & 15];
      cell = static_cast<u8>(cell | 1u << (byte >> 4 & 7));
    }
  }
};

__attribute__((target("avx2"))) __m256i twice(const u8* table) {
  return _mm256_broadcastsi128_si256(_mm_load_si128(reinterpret_cast<const __m128i*>(table)));
}

__attribute__((target("avx2,popcnt"))) u64 count_members(const u8*& at, const u8* end,
                                                         const NibbleTables& tables) {
  const __m256i low_rows = twice(tables.low);
  const __m256i high_rows = twice(tables.high);
  const __m256i bit_of_nibble =
      _mm256_setr_epi8(1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128, 1, 2, 4, 8, 16,
                       32, 64, -128, 1, 2, 4, 8, 16, 32, 64, -128);
  const __m256i nibble = _mm256_set1_epi8(15);
  u64 total = 0;
  for (; end - at >= 32; at += 32) {
    const __m256i loaded = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
    const __m256i low = _mm256_and_si256(loaded, nibble);
    const __m256i rows = _mm256_blendv_epi8(_mm256_shuffle_epi8(low_rows, low),
                                            _mm256_shuffle_epi8(high_rows, low), loaded);
    const __m256i high = _mm256_and_si256(_mm256_srli_epi16(loaded, 4), nibble);
    const __m256i bit = _mm256_shuffle_epi8(bit_of_nibble, high);
    const __m256i member = _mm256_cmpeq_epi8(_mm256_and_si256(rows, bit), bit);
    total += static_cast<u64>(std::popcount(static_cast<u32>(_mm256_movemask_epi8(member))));
  }
  return total;
}

u64 count_portable(const u8* at, const u8* end, const ByteSet& set) {
  u64 total = 0;
  for (; at < end; ++at) total += set[*at];
  return total;
}

}  // namespace

Answer members_portable(Bytes bytes, const ByteSet& set) {
  return {{count_portable(bytes.data(), bytes.data() + bytes.size(), set)}, {}};
}

Answer members_avx2(Bytes bytes, const ByteSet& set) {
  const u8* at = bytes.data();
  const u8* const end = at + bytes.size();
  const u64 total = count_members(at, end, NibbleTables(set));
  return {{total + count_portable(at, end, set)}, {}};
}

}  // namespace vyre::bench::hand
