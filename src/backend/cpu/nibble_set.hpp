#pragma once

#include <array>
#include <bitset>

#include "wire/platform.hpp"

namespace vyre::backend {

using ByteSet = std::bitset<256>;

/// A set of bytes as two nibble tables can tell it: all pairs of its low and its high nibbles.
struct NibbleSet {
  u16 low = 0;
  u16 high = 0;

  /// Adds a byte, and with it every pair that it completes.
  void add(u8 byte) noexcept {
    low = static_cast<u16>(low | 1u << (byte & 15));
    high = static_cast<u16>(high | 1u << (byte >> 4));
  }
  [[nodiscard]] bool has(u8 byte) const noexcept {
    return (low >> (byte & 15) & 1) != 0 && (high >> (byte >> 4) & 1) != 0;
  }
  friend NibbleSet operator|(NibbleSet a, NibbleSet b) noexcept {
    return {static_cast<u16>(a.low | b.low), static_cast<u16>(a.high | b.high)};
  }
};

/// Share of the set's bytes in typical text, 0..1: a mix of prose and source code, with some zero
/// bytes. Only speed depends on it.
double expected_share(NibbleSet bytes);

}  // namespace vyre::backend
