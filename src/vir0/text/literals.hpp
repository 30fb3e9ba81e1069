#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "wire/platform.hpp"

// Numbers and quoted text: from the text form and back.
namespace vyre::vir0::text {

/// A number as written; what range it must have depends on its place.
struct Number {
  bool negative = false;
  u64 magnitude = 0;

  /// As an unsigned number of `bits` (8, 16, 32 or 64) bits, negative ones in two's complement;
  /// none where it does not fit.
  [[nodiscard]] std::optional<u64> in_bits(unsigned bits) const noexcept;
};

/// Decimal or 0x hexadecimal, perhaps after `-`; none where malformed or above 64 bits.
std::optional<Number> parse_number(std::string_view text) noexcept;

/// A mistake inside a quoted text, by the offset of its byte in the token.
struct EscapeError {
  std::size_t offset;
  std::string what;
};

/// The bytes of a string or character token, its quotes included in `token`. Appends to `bytes`.
std::optional<EscapeError> unescape(std::string_view token, std::string& bytes);

/// `bytes` so that they can stand between two `quote`s: printable ASCII as it is, the rest escaped.
/// Quote '\0': quotes and backslashes stay as they are.
std::string escape(std::string_view bytes, char quote);

/// `"..."`
std::string quoted(std::string_view bytes);

/// Whether a label, table, result, window, constant or alias can bear this name without quotes: a
/// letter or `_`, then letters, digits and `_`.
bool is_identifier(std::string_view name) noexcept;

}  // namespace vyre::vir0::text
