#pragma once

#include <optional>
#include <string_view>

#include "base/units.hpp"
#include "wire/platform.hpp"

namespace vyre::oracle {

using i64 = std::int64_t;

/// One tile of a file, and what of the file can be read from it. Offsets count from its first byte.
class NaiveTile {
 public:
  NaiveTile(std::string_view file, u64 number) : file_(file), number_(number) {}

  [[nodiscard]] u64 number() const { return number_; }
  /// Of its first byte in the file.
  [[nodiscard]] u64 offset() const { return number_ * kTileBytes; }
  [[nodiscard]] u64 length() const { return lesser(kTileBytes, file_.size() - offset()); }
  [[nodiscard]] u64 before() const { return lesser(kHaloBytes, offset()); }
  [[nodiscard]] u64 after() const { return lesser(kHaloBytes, file_.size() - offset() - length()); }
  [[nodiscard]] std::string_view own_bytes() const { return file_.substr(offset(), length()); }

  [[nodiscard]] bool owns(i64 at) const { return at >= 0 && at < static_cast<i64>(length()); }
  [[nodiscard]] bool can_read(i64 at) const {
    return at >= -static_cast<i64>(before()) && at < static_cast<i64>(length() + after());
  }
  /// Nothing outside what can be read.
  [[nodiscard]] std::optional<u8> byte(i64 at) const {
    if (!can_read(at)) return std::nullopt;
    return static_cast<u8>(file_[static_cast<std::size_t>(static_cast<i64>(offset()) + at)]);
  }

 private:
  static u64 lesser(u64 a, u64 b) { return a < b ? a : b; }

  std::string_view file_;
  u64 number_;
};

}  // namespace vyre::oracle
