#pragma once

#include <cstddef>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.hpp"
#include "wire/platform.hpp"

// The bytes inside a section of the wire form: u32 words and strings, unaligned, little-endian.
namespace vyre::vir0 {

class ByteWriter {
 public:
  void word(u32 value) {
    const auto* bytes = reinterpret_cast<const std::byte*>(&value);
    bytes_.insert(bytes_.end(), bytes, bytes + sizeof value);
  }
  /// For counts and sizes: they fit in 32 bits.
  void size(std::size_t value) {
    VYRE_CHECK(value <= std::numeric_limits<u32>::max());
    word(static_cast<u32>(value));
  }
  void text(std::string_view value) {
    size(value.size());
    const auto* bytes = reinterpret_cast<const std::byte*>(value.data());
    bytes_.insert(bytes_.end(), bytes, bytes + value.size());
  }
  [[nodiscard]] std::vector<std::byte> take() { return std::move(bytes_); }

 private:
  std::vector<std::byte> bytes_;
};

/// Reads what ByteWriter wrote. Each read is false where the bytes end too early; nothing is
/// allocated that the remaining bytes do not hold.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> bytes) : rest_(bytes) {}

  [[nodiscard]] bool word(u32& value) {
    if (rest_.size() < sizeof value) return false;
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_ = rest_.subspan(sizeof value);
    return true;
  }
  /// A word that fits in a byte.
  [[nodiscard]] bool byte(u8& value) {
    u32 wide = 0;
    if (!word(wide) || wide > std::numeric_limits<u8>::max()) return false;
    value = static_cast<u8>(wide);
    return true;
  }
  /// A count of items of which each takes at least `item_bytes`.
  [[nodiscard]] bool count(u32& value, std::size_t item_bytes) {
    return word(value) && value <= rest_.size() / item_bytes;
  }
  [[nodiscard]] bool text(std::string& value) {
    u32 size = 0;
    if (!count(size, 1)) return false;
    value.assign(reinterpret_cast<const char*>(rest_.data()), size);
    rest_ = rest_.subspan(size);
    return true;
  }
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace vyre::vir0
