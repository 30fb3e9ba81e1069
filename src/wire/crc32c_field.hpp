#pragma once

#include "wire/platform.hpp"

// Arithmetic modulo the CRC-32C polynomial 0x1EDC6F41, in the reflected form that the checksum
// uses: bit 31 is the coefficient of x^0, bit 0 that of x^31. The polynomial is (x + 1) times a
// primitive polynomial of degree 31, so x^(2^31 - 1) = 1 and every power of x has an inverse.
namespace vyre::wire {

inline constexpr u32 kCrc32cPolynomial = 0x82F63B78;
/// The order of x.
inline constexpr u32 kCrc32cOrder = 0x7FFFFFFF;
inline constexpr u32 kCrc32cOne = 0x80000000;

VYRE_HOST_DEVICE constexpr u32 crc32c_times_x(u32 value) {
  return (value >> 1) ^ (kCrc32cPolynomial & (0u - (value & 1)));
}

/// About 100 cycles.
VYRE_HOST_DEVICE constexpr u32 crc32c_multiply(u32 a, u32 b) {
  u32 product = 0;
  for (int bit = 0; bit < 32; ++bit) {
    product ^= b & (0u - (a >> 31));
    a <<= 1;
    b = crc32c_times_x(b);
  }
  return product;
}

/// [digit][value] = x^(value * 16^digit).
struct Crc32cPowers {
  u32 values[8][16];
};

VYRE_HOST_DEVICE constexpr Crc32cPowers make_crc32c_powers() {
  Crc32cPowers powers{};
  u32 base = kCrc32cOne >> 1;
  for (auto& digit : powers.values) {
    u32 value = kCrc32cOne;
    for (u32& entry : digit) {
      entry = value;
      value = crc32c_multiply(value, base);
    }
    base = value;
  }
  return powers;
}

// Below, `multiply` is crc32c_multiply or an equal of it.

/// x^exponent for exponent < 2^32: at most seven multiplications.
template <class Multiply>
VYRE_HOST_DEVICE u32 crc32c_power(u32 exponent, Multiply multiply) {
  static constexpr Crc32cPowers kPowers = make_crc32c_powers();
  u32 value = kPowers.values[0][exponent & 15];
  for (u32 digit = 1; digit < 8; ++digit) {
    const u32 next = exponent >> (4 * digit) & 15;
    if (next != 0) value = multiply(value, kPowers.values[digit][next]);
  }
  return value;
}

/// x^(8 * bytes): what `bytes` more bytes do to a remainder.
template <class Multiply>
VYRE_HOST_DEVICE u32 crc32c_shift(u64 bytes, Multiply multiply) {
  return crc32c_power(static_cast<u32>(bytes % kCrc32cOrder * 8 % kCrc32cOrder), multiply);
}
VYRE_HOST_DEVICE inline u32 crc32c_shift(u64 bytes) {
  return crc32c_shift(bytes, [](u32 a, u32 b) { return crc32c_multiply(a, b); });
}

/// x^(-8 * bytes), the inverse of crc32c_shift.
template <class Multiply>
VYRE_HOST_DEVICE u32 crc32c_unshift(u64 bytes, Multiply multiply) {
  return crc32c_power(kCrc32cOrder - static_cast<u32>(bytes % kCrc32cOrder * 8 % kCrc32cOrder),
                      multiply);
}
VYRE_HOST_DEVICE inline u32 crc32c_unshift(u64 bytes) {
  return crc32c_unshift(bytes, [](u32 a, u32 b) { return crc32c_multiply(a, b); });
}

}  // namespace vyre::wire
