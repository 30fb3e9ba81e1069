#include "scan/pattern/re2_parser.hpp"

#include "scan/pattern/named_classes.hpp"

namespace vyre::scan {

std::optional<Ast> Re2Parser::parse() {
  while (!cursor_.at_end()) {
    if (!parse_item() || builder_.too_deep()) return std::nullopt;
  }
  if (builder_.in_group()) return std::nullopt;
  Ast ast = builder_.finish();
  if (builder_.too_deep()) return std::nullopt;
  return ast;
}

ByteSet Re2Parser::folded(const ByteSet& set) {
  return builder_.flags().fold_case ? fold_latin1(set) : set;
}

void Re2Parser::push_byte(u8 byte) { builder_.push_bytes(folded(ByteSet::of(byte))); }

bool Re2Parser::parse_item() {
  const PatternFlags& flags = builder_.flags();
  u32 min = 0;
  u32 max = kNoLimit;
  switch (cursor_.peek()) {
    case '(':
      return parse_group();
    case '\\':
      return parse_escape();
    case '{':
      if (parse_counts(min, max)) return parse_repeat(min, max);
      push_byte(static_cast<u8>(cursor_.take()));
      return true;
    case '[': {
      const std::optional<ByteSet> set = parse_class();
      if (set) builder_.push_bytes(*set);
      return set.has_value();
    }
    default:
      break;
  }
  const char byte = cursor_.take();
  switch (byte) {
    case ')':
      if (!builder_.in_group()) return false;
      builder_.close_group();
      return true;
    case '|':
      builder_.alternate();
      return true;
    case '^':
      builder_.push_assertion(flags.multi_line ? Assertion::kLineBegin : Assertion::kTextBegin);
      return true;
    case '$':
      builder_.push_assertion(flags.multi_line ? Assertion::kLineEnd : Assertion::kTextEnd);
      return true;
    case '.':
      builder_.push_bytes(flags.dot_newline ? ByteSet::all() : ~ByteSet::of('\n'));
      return true;
    case '*':
      return parse_repeat(0, kNoLimit);
    case '+':
      return parse_repeat(1, kNoLimit);
    case '?':
      return parse_repeat(0, 1);
    default:
      push_byte(static_cast<u8>(byte));
      return true;
  }
}

bool Re2Parser::parse_repeat(u32 min, u32 max) {
  if (!builder_.has_item()) return false;
  const bool lazy = cursor_.consume("?");
  builder_.repeat(min, max, lazy != builder_.flags().swap_greed);
  return true;
}

bool Re2Parser::parse_number(u32& value) {
  if (!is_digit(cursor_.peek())) return false;
  if (cursor_.peek() == '0' && is_digit(cursor_.peek(1))) return false;
  for (value = 0; is_digit(cursor_.peek());) {
    if (value >= 100'000'000) return false;
    value = value * 10 + static_cast<u32>(cursor_.take() - '0');
  }
  return true;
}

bool Re2Parser::parse_counts(u32& min, u32& max) {
  const std::size_t start = cursor_.offset();
  cursor_.skip(1);
  bool known = parse_number(min);
  max = min;
  if (known && cursor_.consume(",")) {
    max = kNoLimit;
    if (cursor_.peek() != '}') known = parse_number(max);
  }
  known = known && cursor_.consume("}");
  if (!known) cursor_.seek(start);
  return known;
}

bool Re2Parser::parse_group() {
  cursor_.skip(1);
  if (cursor_.consume("?P<") || cursor_.consume("?<")) {
    while (!cursor_.at_end() && cursor_.peek() != '>') cursor_.skip(1);
    if (!cursor_.consume(">")) return false;
    builder_.open_group(builder_.flags());
    return true;
  }
  if (cursor_.consume("?")) return parse_flags();
  builder_.open_group(builder_.flags());
  return true;
}

bool Re2Parser::parse_flags() {
  PatternFlags flags = builder_.flags();
  bool value = true;
  while (!cursor_.at_end()) {
    switch (cursor_.take()) {
      case 'i':
        flags.fold_case = value;
        break;
      case 'm':
        flags.multi_line = value;
        break;
      case 's':
        flags.dot_newline = value;
        break;
      case 'U':
        flags.swap_greed = value;
        break;
      case '-':
        value = false;
        break;
      case ':':
        builder_.open_group(flags);
        return true;
      case ')':
        builder_.flags() = flags;
        return true;
      default:
        return false;
    }
  }
  return false;
}

bool Re2Parser::parse_literal_run() {
  cursor_.skip(2);
  while (!cursor_.at_end() && !cursor_.consume("\\E")) {
    push_byte(static_cast<u8>(cursor_.take()));
  }
  return true;
}

bool Re2Parser::parse_escape() {
  switch (cursor_.peek(1)) {
    case 'Q':
      return parse_literal_run();
    case 'C':
      builder_.push_bytes(ByteSet::all());
      break;
    case 'b':
      builder_.push_assertion(Assertion::kWordBoundary);
      break;
    case 'B':
      builder_.push_assertion(Assertion::kNotWordBoundary);
      break;
    case 'A':
      builder_.push_assertion(Assertion::kTextBegin);
      break;
    case 'z':
      builder_.push_assertion(Assertion::kTextEnd);
      break;
    default: {
      if (const std::optional<ByteSet> set = parse_named_escape()) {
        builder_.push_bytes(*set);
        return true;
      }
      const std::optional<u8> byte = parse_escaped_byte();
      if (byte) push_byte(*byte);
      return byte.has_value();
    }
  }
  cursor_.skip(2);
  return true;
}

}  // namespace vyre::scan
