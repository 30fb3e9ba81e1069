#pragma once

#include <cstddef>
#include <string_view>

#include "wire/platform.hpp"

namespace vyre::scan {

/// A place in a pattern's text.
class ParserCursor {
 public:
  explicit ParserCursor(std::string_view text) : text_(text) {}

  [[nodiscard]] bool at_end() const { return offset_ >= text_.size(); }
  [[nodiscard]] std::size_t offset() const { return offset_; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(offset_); }
  /// The byte `ahead` of the cursor; NUL past the end (test at_end() where NUL is a legal byte).
  [[nodiscard]] char peek(std::size_t ahead = 0) const {
    return offset_ + ahead < text_.size() ? text_[offset_ + ahead] : '\0';
  }
  char take() {
    const char byte = peek();
    skip(1);
    return byte;
  }
  void skip(std::size_t count) { offset_ += count; }
  void seek(std::size_t offset) { offset_ = offset; }
  /// Skips `token` where the text goes on with it.
  bool consume(std::string_view token) {
    if (!rest().starts_with(token)) return false;
    skip(token.size());
    return true;
  }

 private:
  std::string_view text_;
  std::size_t offset_ = 0;
};

/// The value of a hexadecimal digit, or -1.
constexpr int hex_value(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

constexpr bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }

}  // namespace vyre::scan
