#pragma once

#include <array>
#include <bit>
#include <cstddef>

#include "wire/platform.hpp"

namespace vyre::scan {

/// A set of byte values: 256 bits by value.
class ByteSet {
 public:
  constexpr ByteSet() = default;

  [[nodiscard]] static constexpr ByteSet of(u8 byte) {
    ByteSet set;
    set.insert(byte);
    return set;
  }
  [[nodiscard]] static constexpr ByteSet range(u8 first, u8 last) {
    ByteSet set;
    set.insert(first, last);
    return set;
  }
  [[nodiscard]] static constexpr ByteSet all() { return ~ByteSet(); }

  constexpr void insert(u8 byte) { words_[byte >> 6] |= u64{1} << (byte & 63); }
  constexpr void insert(u8 first, u8 last) {
    for (unsigned byte = first; byte <= last; ++byte) insert(static_cast<u8>(byte));
  }
  constexpr void erase(u8 byte) { words_[byte >> 6] &= ~(u64{1} << (byte & 63)); }

  [[nodiscard]] constexpr bool contains(u8 byte) const {
    return (words_[byte >> 6] >> (byte & 63) & 1) != 0;
  }
  [[nodiscard]] constexpr bool empty() const {
    return (words_[0] | words_[1] | words_[2] | words_[3]) == 0;
  }
  [[nodiscard]] constexpr unsigned size() const {
    unsigned count = 0;
    for (const u64 word : words_) count += static_cast<unsigned>(std::popcount(word));
    return count;
  }
  [[nodiscard]] constexpr bool is_subset_of(const ByteSet& other) const {
    return (*this & ~other).empty();
  }

  /// Calls `visit(u8)` for each member, ascending.
  template <typename Visitor>
  constexpr void for_each(Visitor&& visit) const {
    for (unsigned index = 0; index < 4; ++index) {
      for (u64 word = words_[index]; word != 0; word &= word - 1) {
        visit(static_cast<u8>(index * 64 + static_cast<unsigned>(std::countr_zero(word))));
      }
    }
  }

  friend constexpr ByteSet operator|(ByteSet a, const ByteSet& b) {
    for (unsigned i = 0; i < 4; ++i) a.words_[i] |= b.words_[i];
    return a;
  }
  friend constexpr ByteSet operator&(ByteSet a, const ByteSet& b) {
    for (unsigned i = 0; i < 4; ++i) a.words_[i] &= b.words_[i];
    return a;
  }
  friend constexpr ByteSet operator~(ByteSet a) {
    for (u64& word : a.words_) word = ~word;
    return a;
  }
  friend constexpr bool operator==(const ByteSet&, const ByteSet&) = default;

  [[nodiscard]] constexpr u64 hash() const {
    u64 value = 0;
    for (const u64 word : words_) value = (value ^ word ^ word >> 29) * 0x9E3779B97F4A7C15;
    return value ^ value >> 32;
  }

 private:
  std::array<u64, 4> words_{};
};

}  // namespace vyre::scan
