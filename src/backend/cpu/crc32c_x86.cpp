#include "backend/cpu/byte_routines_x86.hpp"
#include "backend/cpu/cpu_level.hpp"

#if defined(__x86_64__)
#include <immintrin.h>

#include "kernel/bits.hpp"
#include "wire/crc32c_field.hpp"

#define VYRE_AVX2 [[gnu::target(VYRE_TARGET_AVX2)]]

namespace vyre::backend {
namespace {

/// x^-64.
constexpr u32 inverse_of_word() {
  u32 value = wire::kCrc32cOne;
  // The inverse of x: the polynomial's other terms, one power lower.
  for (int i = 0; i < 64; ++i) {
    const u32 carry = value >> 31;
    value = ((value ^ (carry != 0 ? wire::kCrc32cPolynomial : 0)) << 1) | carry;
  }
  return value;
}
constexpr u32 kInverseOfWord = inverse_of_word();
static_assert(wire::crc32c_multiply(kInverseOfWord, wire::make_crc32c_powers().values[1][4]) ==
              wire::kCrc32cOne);

/// a * b * x^32: the crc32 instruction reduces a product of 64 bits, and brings in x^32.
VYRE_AVX2 inline u32 multiply_with_extra(u32 a, u32 b) {
  const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(a)),
                                               _mm_cvtsi64_si128(static_cast<long long>(b)), 0);
  // Reflected factors leave the product one place short of 64 bits.
  return static_cast<u32>(_mm_crc32_u64(0, static_cast<u64>(_mm_cvtsi128_si64(product)) << 1));
}

}  // namespace

VYRE_AVX2 u32 crc32c_multiply_avx2(u32 a, u32 b) {
  return multiply_with_extra(multiply_with_extra(a, b), kInverseOfWord);
}

// The instruction takes three cycles but can start every cycle, so three thirds run at once. Bytes
// that come from memory are asked for early, since three short streams end before the processor has
// learnt to; a request beyond the bytes does no harm.
VYRE_AVX2 u32 crc32c_avx2(const u8* bytes, u32 size) {
  constexpr u32 kWord = sizeof(u64);
  constexpr u32 kCacheLine = 64;
  constexpr u32 kAhead = 2048;
  const u32 third = size / (3 * kWord) * kWord;
  u64 part[3] = {0, 0, 0};
  for (u32 at = 0; at < third; at += kWord) {
    if (at % kCacheLine == 0) {
      for (u32 i = 0; i < 3; ++i) __builtin_prefetch(bytes + i * third + at + kAhead);
    }
    part[0] = _mm_crc32_u64(part[0], kernel::load_unaligned<u64>(bytes + at));
    part[1] = _mm_crc32_u64(part[1], kernel::load_unaligned<u64>(bytes + third + at));
    part[2] = _mm_crc32_u64(part[2], kernel::load_unaligned<u64>(bytes + 2 * third + at));
  }
  const u32 shift = wire::crc32c_shift(third, crc32c_multiply_avx2);
  const u32 two =
      crc32c_multiply_avx2(static_cast<u32>(part[0]), shift) ^ static_cast<u32>(part[1]);
  u32 value = crc32c_multiply_avx2(two, shift) ^ static_cast<u32>(part[2]);
  for (u32 at = 3 * third; at < size; ++at) value = _mm_crc32_u8(value, bytes[at]);
  return value;
}

}  // namespace vyre::backend
#endif
