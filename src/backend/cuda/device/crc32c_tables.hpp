#pragma once

#include "backend/cuda/device/tile_words.hpp"
#include "wire/crc32c_field.hpp"

// Constants of the block's CRC-32C; see checksums.hpp.
#if defined(__CUDACC__)

namespace vyre::backend::device {

/// A column has every 512th group of four bytes.
inline constexpr u32 kCrcColumns = 4 * kThreads;
inline constexpr u32 kCrcRowBytes = kThreads * kWordBytes;

/// [i][v] = v * 2^(8 i), as a remainder, times x^(8 * kCrcRowBytes): what a row does to a column.
struct CrcRowTable {
  u32 values[4][256];
};

__host__ __device__ constexpr CrcRowTable make_crc_row_table() {
  u32 shift = wire::kCrc32cOne;
  for (u32 bit = 0; bit < 8 * kCrcRowBytes; ++bit) shift = wire::crc32c_times_x(shift);
  CrcRowTable table{};
  for (u32 byte = 0; byte < 4; ++byte) {
    for (u32 bit = 0; bit < 8; ++bit) {
      const u32 power = 1u << bit;
      table.values[byte][power] = wire::crc32c_multiply(power << (8 * byte), shift);
      for (u32 rest = 1; rest < power; ++rest) {
        table.values[byte][power + rest] = table.values[byte][power] ^ table.values[byte][rest];
      }
    }
  }
  return table;
}

/// [c] = x^(32 * (kCrcColumns - c)): from column c's last four bytes to the row's end.
struct CrcColumnPowers {
  u32 values[kCrcColumns];
};

__host__ __device__ constexpr CrcColumnPowers make_crc_column_powers() {
  CrcColumnPowers powers{};
  u32 value = wire::kCrc32cOne;
  for (u32 column = kCrcColumns; column-- > 0;) {
    for (u32 bit = 0; bit < 32; ++bit) value = wire::crc32c_times_x(value);
    powers.values[column] = value;
  }
  return powers;
}

/// [digit][value] = x^(-value * 16^digit).
__host__ __device__ constexpr wire::Crc32cPowers make_crc_inverse_powers() {
  wire::Crc32cPowers powers{};
  // x^-1: the polynomial less its constant term, divided by x.
  u32 base = (wire::kCrc32cPolynomial ^ wire::kCrc32cOne) << 1 | 1;
  for (auto& digit : powers.values) {
    u32 value = wire::kCrc32cOne;
    for (u32& entry : digit) {
      entry = value;
      value = wire::crc32c_multiply(value, base);
    }
    base = value;
  }
  return powers;
}
static_assert(wire::crc32c_multiply(make_crc_inverse_powers().values[0][1],
                                    wire::kCrc32cOne >> 1) == wire::kCrc32cOne);

/// x^(-8 * bytes): wire::crc32c_unshift, with few multiplications for a multiple of the tile's
/// size.
__device__ inline u32 crc_unshift(u64 bytes) {
  static constexpr wire::Crc32cPowers kInverse = make_crc_inverse_powers();
  u32 exponent = static_cast<u32>(bytes % wire::kCrc32cOrder * 8 % wire::kCrc32cOrder);
  u32 value = wire::kCrc32cOne;
  for (u32 digit = 0; exponent != 0; ++digit, exponent >>= 4) {
    if ((exponent & 15) == 0) continue;
    const u32 next = kInverse.values[digit][exponent & 15];
    value = value == wire::kCrc32cOne ? next : wire::crc32c_multiply(value, next);
  }
  return value;
}

}  // namespace vyre::backend::device

#endif
