#include <re2/re2.h>

#include "scan/pattern/named_classes.hpp"
#include "scan/pattern/re2_parser.hpp"

namespace vyre::scan {
namespace {

bool is_word(u8 byte) { return byte < 0x80 && word_bytes().contains(byte); }

/// The bytes that RE2 itself finds in a Unicode property, since its tables are what counts.
std::optional<ByteSet> property_class(std::string_view text, bool fold) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  const re2::RE2 property(std::string(fold ? "(?i)" : "").append(text), options);
  if (!property.ok()) return std::nullopt;
  ByteSet set;
  for (unsigned value = 0; value < 256; ++value) {
    const char byte = static_cast<char>(value);
    if (re2::RE2::FullMatch(re2::StringPiece(&byte, 1), property)) {
      set.insert(static_cast<u8>(value));
    }
  }
  return set;
}

}  // namespace

std::optional<ByteSet> Re2Parser::parse_named_escape() {
  if (cursor_.peek() != '\\') return std::nullopt;
  const char letter = cursor_.peek(1);
  if (letter != 'p' && letter != 'P') {
    const std::optional<ByteSet> set = perl_class(letter, false);
    if (set) cursor_.skip(2);
    return set;
  }
  std::size_t length = 3;
  if (cursor_.peek(2) == '{') {
    const std::size_t end = cursor_.rest().find('}');
    if (end == std::string_view::npos) return std::nullopt;
    length = end + 1;
  }
  const std::optional<ByteSet> set =
      property_class(cursor_.rest().substr(0, length), builder_.flags().fold_case);
  if (set) cursor_.skip(length);
  return set;
}

std::optional<u8> Re2Parser::parse_hex_byte() {
  const bool braces = cursor_.consume("{");
  unsigned value = 0;
  unsigned digits = 0;
  while (hex_value(cursor_.peek()) >= 0 && (braces || digits < 2)) {
    value = value * 16 + static_cast<unsigned>(hex_value(cursor_.take()));
    if (value > 0xFF) return std::nullopt;
    ++digits;
  }
  if (braces ? digits == 0 || !cursor_.consume("}") : digits != 2) return std::nullopt;
  return static_cast<u8>(value);
}

std::optional<u8> Re2Parser::parse_escaped_byte() {
  cursor_.skip(1);
  if (cursor_.at_end()) return std::nullopt;
  const char letter = cursor_.take();
  if (letter >= '0' && letter <= '7') {
    unsigned value = static_cast<unsigned>(letter - '0');
    for (int more = 0; more < 2 && cursor_.peek() >= '0' && cursor_.peek() <= '7'; ++more) {
      value = value * 8 + static_cast<unsigned>(cursor_.take() - '0');
    }
    return value <= 0xFF ? std::optional(static_cast<u8>(value)) : std::nullopt;
  }
  switch (letter) {
    case 'x':
      return parse_hex_byte();
    case 'a':
      return u8{'\a'};
    case 'f':
      return u8{'\f'};
    case 'n':
      return u8{'\n'};
    case 'r':
      return u8{'\r'};
    case 't':
      return u8{'\t'};
    case 'v':
      return u8{'\v'};
    default: {
      const u8 byte = static_cast<u8>(letter);
      return byte < 0x80 && !is_word(byte) ? std::optional(byte) : std::nullopt;
    }
  }
}

bool Re2Parser::parse_class_item(ByteSet& set) {
  if (cursor_.peek() == '[' && cursor_.peek(1) == ':') {
    const std::size_t end = cursor_.rest().find(":]");
    if (end != std::string_view::npos && end >= 2) {
      std::string_view name = cursor_.rest().substr(2, end - 2);
      const bool negated = name.starts_with('^');
      name.remove_prefix(negated ? 1 : 0);
      const std::optional<ByteSet> named = posix_class(name);
      if (!named) return false;
      set = set | (negated ? ~folded(*named) : folded(*named));
      cursor_.skip(end + 2);
      return true;
    }
  }
  if (const std::optional<ByteSet> named = parse_named_escape()) {
    set = set | *named;
    return true;
  }
  const auto parse_byte = [this]() -> std::optional<u8> {
    if (cursor_.at_end()) return std::nullopt;
    return cursor_.peek() == '\\' ? parse_escaped_byte()
                                  : std::optional(static_cast<u8>(cursor_.take()));
  };
  const std::optional<u8> first = parse_byte();
  if (!first) return false;
  std::optional<u8> last = first;
  if (cursor_.peek() == '-' && !cursor_.rest().starts_with("-]") && cursor_.rest().size() > 1) {
    cursor_.skip(1);
    last = parse_byte();
  }
  if (!last || *last < *first) return false;
  set = set | folded(ByteSet::range(*first, *last));
  return true;
}

std::optional<ByteSet> Re2Parser::parse_class() {
  cursor_.skip(1);
  const bool negated = cursor_.consume("^");
  ByteSet set;
  for (bool first = true; first || cursor_.peek() != ']'; first = false) {
    if (cursor_.at_end() || !parse_class_item(set)) return std::nullopt;
  }
  cursor_.skip(1);
  return negated ? ~set : set;
}

}  // namespace vyre::scan
