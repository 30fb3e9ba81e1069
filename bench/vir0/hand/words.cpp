#include <immintrin.h>

#include <bit>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

constexpr ByteSet make_space() {
  ByteSet set{};
  for (const char byte : {' ', '\t', '\n', '\v', '\f', '\r'}) set[static_cast<u8>(byte)] = 1;
  return set;
}
constexpr ByteSet kSpace = make_space();

struct Counts {
  u64 lines = 0;
  u64 words = 0;
  /// 1 where the byte before is white space, or there is none.
  u32 after_space = 1;
};

void count_portable(const u8* at, const u8* end, Counts& counts) {
  for (; at < end; ++at) {
    const u32 space = kSpace[*at];
    counts.lines += *at == '\n';
    counts.words += counts.after_space & (space ^ 1);
    counts.after_space = space;
  }
}

/// Bits of 32 bytes: white space, and newlines.
struct Bits {
  u32 space;
  u32 newline;
};

__attribute__((target("avx2"))) Bits classify(const u8* at) {
  const __m256i loaded = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(at));
  const __m256i from_tab = _mm256_sub_epi8(loaded, _mm256_set1_epi8('\t'));
  const __m256i control =
      _mm256_cmpeq_epi8(_mm256_min_epu8(from_tab, _mm256_set1_epi8(4)), from_tab);
  const __m256i space = _mm256_or_si256(control, _mm256_cmpeq_epi8(loaded, _mm256_set1_epi8(' ')));
  return {
      static_cast<u32>(_mm256_movemask_epi8(space)),
      static_cast<u32>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(loaded, _mm256_set1_epi8('\n'))))};
}

__attribute__((target("avx2,popcnt"))) const u8* count_avx2(const u8* at, const u8* end,
                                                            Counts& counts) {
  u64 before = counts.after_space;
  for (; end - at >= 64; at += 64) {
    const Bits low = classify(at);
    const Bits high = classify(at + 32);
    const u64 space = u64{high.space} << 32 | low.space;
    counts.lines += static_cast<u64>(std::popcount(u64{high.newline} << 32 | low.newline));
    counts.words += static_cast<u64>(std::popcount(~space & (space << 1 | before)));
    before = space >> 63;
  }
  counts.after_space = static_cast<u32>(before);
  return at;
}

}  // namespace

Answer word_count_portable(Bytes bytes) {
  Counts counts;
  count_portable(bytes.data(), bytes.data() + bytes.size(), counts);
  return {{counts.lines, counts.words, bytes.size()}, {}};
}

Answer word_count_avx2(Bytes bytes) {
  Counts counts;
  const u8* const end = bytes.data() + bytes.size();
  count_portable(count_avx2(bytes.data(), end, counts), end, counts);
  return {{counts.lines, counts.words, bytes.size()}, {}};
}

}  // namespace vyre::bench::hand
