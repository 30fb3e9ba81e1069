#include <nmmintrin.h>

#include <cstring>

#include "hand.hpp"

namespace vyre::bench::hand {
namespace {

constexpr u32 kPolynomial = 0x82F63B78;  // Castagnoli's, reflected.
constexpr std::size_t kPart = 43688;

/// What `kPart` bytes of 0 make of a register, by its four bytes.
struct ShiftTables {
  u32 tables[4][256];

  ShiftTables() {
    for (u32 byte = 0; byte < 4; ++byte) {
      for (u32 value = 0; value < 256; ++value) tables[byte][value] = shift(value << 8 * byte);
    }
  }
  u32 operator()(u32 crc) const {
    return tables[0][crc & 0xFF] ^ tables[1][crc >> 8 & 0xFF] ^ tables[2][crc >> 16 & 0xFF] ^
           tables[3][crc >> 24];
  }

 private:
  static u32 shift(u32 crc) {
    for (std::size_t bit = 0; bit < 8 * kPart; ++bit) {
      crc = (crc >> 1) ^ (kPolynomial & (0 - (crc & 1)));
    }
    return crc;
  }
};

u64 word_at(const u8* bytes) {
  u64 word;
  std::memcpy(&word, bytes, 8);
  return word;
}

__attribute__((target("sse4.2"))) u32 update(u32 crc, const u8* at, std::size_t size) {
  static const ShiftTables shifted;
  for (; size >= 3 * kPart; at += 3 * kPart, size -= 3 * kPart) {
    u64 first = crc;
    u64 second = 0;
    u64 third = 0;
    for (std::size_t i = 0; i < kPart; i += 8) {
      first = _mm_crc32_u64(first, word_at(at + i));
      second = _mm_crc32_u64(second, word_at(at + kPart + i));
      third = _mm_crc32_u64(third, word_at(at + 2 * kPart + i));
    }
    crc = shifted(static_cast<u32>(first)) ^ static_cast<u32>(second);
    crc = shifted(crc) ^ static_cast<u32>(third);
  }
  u64 last = crc;
  for (; size >= 8; at += 8, size -= 8) last = _mm_crc32_u64(last, word_at(at));
  crc = static_cast<u32>(last);
  for (; size > 0; ++at, --size) crc = _mm_crc32_u8(crc, *at);
  return crc;
}

}  // namespace

Answer crc32c_sse42(Bytes bytes) { return {{~update(~u32{0}, bytes.data(), bytes.size())}, {}}; }

}  // namespace vyre::bench::hand
