#pragma once

#include <cstddef>
#include <cstring>
#include <span>

#include "wire/platform.hpp"

namespace vyre::fuzz {

/// A fuzzer's input, taken from the front; zeros after its end.
class ByteSource {
 public:
  explicit ByteSource(std::span<const std::byte> bytes) : rest_(bytes) {}

  u8 byte() { return static_cast<u8>(word(1)); }
  u16 half() { return static_cast<u16>(word(2)); }
  u32 word() { return static_cast<u32>(word(4)); }
  u64 long_word() { return word(8); }
  /// 0..limit - 1; limit 1..256.
  u32 below(u32 limit) { return byte() % limit; }
  /// Up to `size` bytes.
  std::span<const std::byte> bytes(std::size_t size) {
    const auto taken = rest_.first(size < rest_.size() ? size : rest_.size());
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

 private:
  u64 word(std::size_t size) {
    const auto taken = bytes(size);
    u64 value = 0;
    for (std::size_t i = 0; i < taken.size(); ++i) value |= static_cast<u64>(taken[i]) << (8 * i);
    return value;
  }

  std::span<const std::byte> rest_;
};

}  // namespace vyre::fuzz
