#include "scan/pattern/line_parser.hpp"
#include "scan/pattern/named_classes.hpp"

namespace vyre::scan {
namespace {

constexpr std::string_view kMetacharacters = "\\.+*?()|[]{}^$#&-~";
constexpr u32 kMaxClassDepth = 100;
constexpr const char* kUnclosedClass = "a character class is not closed";

}  // namespace

LineResult<u8> LineParser::parse_hex(std::size_t fixed_digits) {
  const std::size_t start = cursor_.offset();
  skip_space();
  const bool braces = cursor_.consume("{");
  u32 value = 0;
  std::size_t digits = 0;
  for (skip_space(); hex_value(cursor_.peek()) >= 0 && (braces || digits < fixed_digits);
       skip_space()) {
    value = value * 16 + static_cast<u32>(hex_value(cursor_.take()));
    if (value > 0x10FFFF) return fail(start, "a hexadecimal escape is out of range");
    ++digits;
  }
  if (braces ? digits == 0 || !cursor_.consume("}") : digits != fixed_digits) {
    return fail(start, "a hexadecimal escape is incomplete");
  }
  const bool is_byte = !braces && fixed_digits == 2;
  if (value >= 0x80 && !is_byte) {
    return fail(start, "patterns match bytes: write the character itself, or its bytes as \\xHH");
  }
  return static_cast<u8>(value);
}

LineResult<LineParser::Escape> LineParser::parse_escape() {
  const std::size_t start = cursor_.offset();
  cursor_.skip(1);
  if (cursor_.at_end()) return fail(start, "a backslash at the end");
  const auto byte = [](u8 value) { return Escape{Escape::Kind::kByte, value, {}, {}}; };
  const auto assertion = [](Assertion kind) {
    return Escape{Escape::Kind::kAssertion, 0, {}, kind};
  };
  const char letter = cursor_.take();
  if (const std::optional<ByteSet> set = perl_class(letter, true)) {
    return Escape{Escape::Kind::kClass, 0, *set, {}};
  }
  switch (letter) {
    case 'x':
    case 'u':
    case 'U': {
      const LineResult<u8> value = parse_hex(letter == 'x' ? 2 : letter == 'u' ? 4 : 8);
      if (!value) return tl::unexpected(value.error());
      return byte(*value);
    }
    case 'a':
      return byte('\a');
    case 'f':
      return byte('\f');
    case 'n':
      return byte('\n');
    case 'r':
      return byte('\r');
    case 't':
      return byte('\t');
    case 'v':
      return byte('\v');
    case 'A':
      return assertion(Assertion::kTextBegin);
    case 'z':
      return assertion(Assertion::kTextEnd);
    case 'b':
      return assertion(Assertion::kWordBoundary);
    case 'B':
      return assertion(Assertion::kNotWordBoundary);
    case 'p':
    case 'P':
      return fail(start, "patterns match bytes: Unicode classes are off");
    default:
      break;
  }
  if (is_digit(letter)) return fail(start, "back-references and octal escapes are not supported");
  const bool verbose_space = letter == ' ' && builder_.flags().verbose;
  if (kMetacharacters.find(letter) != std::string_view::npos || verbose_space) {
    return byte(static_cast<u8>(letter));
  }
  return fail(start, "an unknown escape");
}

LineResult<u8> LineParser::parse_class_byte() {
  const std::size_t start = cursor_.offset();
  if (cursor_.at_end()) return fail(start, kUnclosedClass);
  if (cursor_.peek() == '\\') {
    const LineResult<Escape> escape = parse_escape();
    if (!escape) return tl::unexpected(escape.error());
    if (escape->kind == Escape::Kind::kByte) return escape->byte;
    return fail(start, "a range's ends must be single bytes");
  }
  const u8 byte = static_cast<u8>(cursor_.take());
  if (byte >= 0x80) {
    return fail(start, "patterns match bytes: a class holds bytes, written \\xHH above \\x7F");
  }
  return byte;
}

LineResult<ByteSet> LineParser::parse_posix_class() {
  const std::size_t start = cursor_.offset();
  cursor_.skip(2);
  const bool negated = cursor_.consume("^");
  const std::size_t end = cursor_.rest().find(":]");
  if (end == std::string_view::npos) return fail(start, kUnclosedClass);
  const std::optional<ByteSet> set = posix_class(cursor_.rest().substr(0, end));
  if (!set) return fail(start, "an unknown class name");
  cursor_.skip(end + 2);
  return negated ? ~*set : *set;
}

LineResult<ByteSet> LineParser::parse_class_item() {
  const std::size_t start = cursor_.offset();
  if (cursor_.peek() == '\\') {
    const LineResult<Escape> escape = parse_escape();
    if (!escape) return tl::unexpected(escape.error());
    if (escape->kind == Escape::Kind::kAssertion) {
      return fail(start, "an assertion inside a class");
    }
    skip_space();
    const bool ranged = cursor_.peek() == '-' && cursor_.peek(1) != ']' && cursor_.peek(1) != '-';
    if (escape->kind == Escape::Kind::kClass) {
      if (ranged) return fail(start, "a range's ends must be single bytes");
      return folded(escape->set);
    }
    cursor_.seek(start);
  }
  const LineResult<u8> first = parse_class_byte();
  if (!first) return tl::unexpected(first.error());
  skip_space();
  u8 last = *first;
  if (cursor_.peek() == '-' && cursor_.peek(1) != ']' && cursor_.peek(1) != '-') {
    cursor_.skip(1);
    skip_space();
    const LineResult<u8> bound = parse_class_byte();
    if (!bound) return tl::unexpected(bound.error());
    last = *bound;
  }
  if (last < *first) return fail(start, "a range's ends are in the wrong order");
  return folded(ByteSet::range(*first, last));
}

LineResult<ByteSet> LineParser::parse_class_union(u32 depth) {
  ByteSet set;
  for (skip_space(); !cursor_.at_end(); skip_space()) {
    const std::string_view rest = cursor_.rest();
    if (rest.starts_with("]") || rest.starts_with("&&") || rest.starts_with("--") ||
        rest.starts_with("~~")) {
      return set;
    }
    LineResult<ByteSet> item;
    if (rest.starts_with("[:")) {
      const std::size_t start = cursor_.offset();
      item = parse_posix_class();
      if (item) {
        item = folded(*item);
      } else {
        // An unknown name is a nested class of these characters.
        cursor_.seek(start);
        item = parse_class(depth + 1);
      }
    } else {
      item = rest.starts_with("[") ? parse_class(depth + 1) : parse_class_item();
    }
    if (!item) return item;
    set = set | *item;
  }
  return fail(cursor_.offset(), kUnclosedClass);
}

LineResult<ByteSet> LineParser::parse_class(u32 depth) {
  const std::size_t start = cursor_.offset();
  if (depth > kMaxClassDepth) return fail(start, "classes nest too deeply");
  cursor_.skip(1);
  skip_space();
  const bool negated = cursor_.consume("^");
  skip_space();
  ByteSet set;
  bool first = true;
  for (; cursor_.peek() == '-'; first = false, skip_space()) {
    cursor_.skip(1);
    set.insert('-');
  }
  if (first && cursor_.consume("]")) set.insert(']');
  LineResult<ByteSet> operand = parse_class_union(depth);
  if (!operand) return operand;
  set = set | *operand;
  while (!cursor_.consume("]")) {
    const char operation = cursor_.take();
    cursor_.skip(1);
    operand = parse_class_union(depth);
    if (!operand) return operand;
    if (operation == '&') set = set & *operand;
    if (operation == '-') set = set & ~*operand;
    if (operation == '~') set = (set | *operand) & ~(set & *operand);
  }
  set = negated ? ~set : set;
  if (set.empty()) return fail(start, "a class without a member");
  return set;
}

}  // namespace vyre::scan
