#pragma once

#include <string_view>

#include "wire/platform.hpp"

// Polynomials over GF(2) modulo x^32 + ... (0x1EDC6F41), bit by bit. A remainder is reflected: bit
// 31 is the coefficient of x^0, bit 0 that of x^31.
namespace vyre::oracle {

/// remainder * x^times.
u32 times_x(u32 remainder, u64 times);

/// remainder * x^-times.
u32 divided_by_x(u32 remainder, u64 times);

/// The bytes as a polynomial (first byte first, each byte's bit 0 first) times x^32, modulo the
/// polynomial: the CRC's register after the bytes, begun at 0, nothing inverted.
u32 remainder_of(std::string_view bytes);

/// CRC-32C as everyone knows it: begun at 0xFFFFFFFF, inverted at the end.
u32 crc32c_of(std::string_view bytes);

}  // namespace vyre::oracle
