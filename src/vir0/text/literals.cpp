#include "vir0/text/literals.hpp"

#include <fmt/format.h>

#include <charconv>

namespace vyre::vir0::text {
namespace {

constexpr bool is_printable(char byte) { return byte >= ' ' && byte <= '~'; }

std::optional<u8> parse_hex_pair(std::string_view text) {
  u8 value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, 16);
  if (text.size() != 2 || error != std::errc() || end != text.data() + 2) return std::nullopt;
  return value;
}

char named_escape(char letter) {
  switch (letter) {
    case 'n':
      return '\n';
    case 't':
      return '\t';
    case 'r':
      return '\r';
    case '\\':
    case '"':
    case '\'':
      return letter;
    default:
      return '\0';
  }
}

}  // namespace

std::optional<u64> Number::in_bits(unsigned bits) const noexcept {
  const u64 greatest = bits == 64 ? ~u64{0} : (u64{1} << bits) - 1;
  if (!negative) return magnitude <= greatest ? std::optional(magnitude) : std::nullopt;
  if (magnitude > u64{1} << (bits - 1)) return std::nullopt;
  return (~magnitude + 1) & greatest;
}

std::optional<Number> parse_number(std::string_view text) noexcept {
  Number number;
  if (text.starts_with('-')) {
    number.negative = true;
    text.remove_prefix(1);
  }
  const bool hexadecimal = text.starts_with("0x") || text.starts_with("0X");
  if (hexadecimal) text.remove_prefix(2);
  const char* last = text.data() + text.size();
  const auto [end, error] =
      std::from_chars(text.data(), last, number.magnitude, hexadecimal ? 16 : 10);
  if (error != std::errc() || end != last) return std::nullopt;
  return number;
}

std::optional<EscapeError> unescape(std::string_view token, std::string& bytes) {
  const std::string_view inner = token.substr(1, token.size() - 2);
  for (std::size_t at = 0; at < inner.size(); ++at) {
    if (inner[at] != '\\') {
      if (inner[at] == '\0') return EscapeError{at + 1, "a NUL byte; \\x00 stands for it"};
      bytes.push_back(inner[at]);
      continue;
    }
    // The lexer's closing quote follows no backslash, so a byte stands behind this one.
    const char letter = inner[at + 1];
    if (letter == 'x') {
      const auto value = parse_hex_pair(inner.substr(at + 2, 2));
      if (!value) return EscapeError{at + 1, "\\x without two hexadecimal digits"};
      bytes.push_back(static_cast<char>(*value));
      at += 3;
      continue;
    }
    const char byte = named_escape(letter);
    if (byte == '\0') {
      return EscapeError{at + 1, fmt::format("unknown escape \\{}", escape({&letter, 1}, '\0'))};
    }
    bytes.push_back(byte);
    ++at;
  }
  return std::nullopt;
}

std::string escape(std::string_view bytes, char quote) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  text.reserve(bytes.size());
  for (const char byte : bytes) {
    if (quote != '\0' && (byte == quote || byte == '\\')) {
      text += {'\\', byte};
    } else if (is_printable(byte)) {
      text += byte;
    } else if (byte == '\n') {
      text += "\\n";
    } else if (byte == '\t') {
      text += "\\t";
    } else if (byte == '\r') {
      text += "\\r";
    } else {
      const auto value = static_cast<u8>(byte);
      text += {'\\', 'x', kDigits[value >> 4], kDigits[value & 15]};
    }
  }
  return text;
}

std::string quoted(std::string_view bytes) { return '"' + escape(bytes, '"') + '"'; }

bool is_identifier(std::string_view name) noexcept {
  const auto letter = [](char byte) {
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_';
  };
  if (name.empty() || !letter(name.front())) return false;
  for (const char byte : name) {
    if (!letter(byte) && !(byte >= '0' && byte <= '9')) return false;
  }
  return true;
}

}  // namespace vyre::vir0::text
