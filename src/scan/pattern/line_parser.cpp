#include "scan/pattern/line_parser.hpp"

#include "scan/pattern/named_classes.hpp"
#include "scan/pattern/utf8.hpp"

namespace vyre::scan {
namespace {

PatternFlags line_flags() {
  PatternFlags flags;
  flags.multi_line = true;
  return flags;
}

constexpr const char* kNewline =
    "a literal \\n cannot match, since lines are matched without their newline";

}  // namespace

LineParser::LineParser(std::string_view text)
    : text_(text), cursor_(text), builder_(line_flags()) {}

LineResult<Ast> LineParser::parse() {
  if (const std::size_t bad = first_invalid_utf8(text_); bad != std::string_view::npos) {
    return fail(bad, "the pattern is not UTF-8; a byte is written \\xHH");
  }
  for (skip_space(); !cursor_.at_end(); skip_space()) {
    const std::size_t start = cursor_.offset();
    if (const LineResult<void> parsed = parse_item(); !parsed) {
      return tl::unexpected(parsed.error());
    }
    if (builder_.too_deep()) return fail(start, "groups and repetitions nest too deeply");
  }
  if (builder_.in_group()) return fail(text_.size(), "a group is not closed");
  Ast ast = builder_.finish();
  if (builder_.too_deep()) return fail(0, "groups and repetitions nest too deeply");
  return ast;
}

void LineParser::skip_space() {
  if (!builder_.flags().verbose) return;
  while (!cursor_.at_end()) {
    const char byte = cursor_.peek();
    if (byte == '#') {
      while (!cursor_.at_end() && cursor_.peek() != '\n') cursor_.skip(1);
    } else if (byte == ' ' || (byte >= '\t' && byte <= '\r')) {
      cursor_.skip(1);
    } else {
      return;
    }
  }
}

ByteSet LineParser::folded(const ByteSet& set) {
  return builder_.flags().fold_case ? fold_ascii(set) : set;
}

LineResult<void> LineParser::push_class(const ByteSet& set, std::size_t start) {
  if (set.empty()) return fail(start, "a class without a member");
  ByteSet line_set = set;
  line_set.erase('\n');
  if (line_set.empty()) return fail(start, kNewline);
  builder_.push_bytes(line_set);
  return {};
}

LineResult<void> LineParser::push_byte(u8 byte, std::size_t start) {
  return push_class(folded(ByteSet::of(byte)), start);
}

LineResult<void> LineParser::parse_item() {
  const std::size_t start = cursor_.offset();
  const bool after_flags = std::exchange(after_flags_, false);
  switch (cursor_.peek()) {
    case '(':
      return parse_group();
    case '[': {
      const LineResult<ByteSet> set = parse_class(0);
      return set ? push_class(*set, start) : tl::unexpected(set.error());
    }
    case '*':
    case '+':
    case '?':
    case '{':
      if (!builder_.has_item() || after_flags) return fail(start, "nothing to repeat");
      break;
    case '\\': {
      const LineResult<Escape> escape = parse_escape();
      if (!escape) return tl::unexpected(escape.error());
      if (escape->kind == Escape::Kind::kByte) return push_byte(escape->byte, start);
      if (escape->kind == Escape::Kind::kClass) return push_class(escape->set, start);
      builder_.push_assertion(escape->assertion);
      return {};
    }
    default:
      return parse_character();
  }
  if (cursor_.peek() == '{') return parse_counts();
  const char operation = cursor_.take();
  return parse_repeat(operation == '+' ? 1 : 0, operation == '?' ? 1 : kNoLimit);
}

LineResult<void> LineParser::parse_character() {
  const std::size_t start = cursor_.offset();
  const u8 byte = static_cast<u8>(cursor_.take());
  switch (byte) {
    case ')':
      if (!builder_.in_group()) return fail(start, "a group is closed that was not opened");
      builder_.close_group();
      return {};
    case '|':
      builder_.alternate();
      return {};
    case '^':
      builder_.push_assertion(Assertion::kTextBegin);
      return {};
    case '$':
      builder_.push_assertion(Assertion::kTextEnd);
      return {};
    case '.':
      builder_.push_bytes(~ByteSet::of('\n'));
      return {};
    default:
      break;
  }
  if (byte < 0x80) return push_byte(byte, start);
  // One character is one item, so that a repetition after it repeats all of its bytes.
  cursor_.seek(start);
  std::vector<NodeId> character;
  for (std::size_t left = utf8_length(byte); left > 0; --left) {
    character.push_back(builder_.ast().bytes(ByteSet::of(static_cast<u8>(cursor_.take()))));
  }
  builder_.push(builder_.ast().concat(std::move(character)));
  return {};
}

LineResult<void> LineParser::parse_repeat(u32 min, u32 max) {
  const bool lazy = cursor_.consume("?");
  builder_.repeat(min, max, lazy != builder_.flags().swap_greed);
  return {};
}

LineResult<u32> LineParser::parse_number() {
  const auto skip_blanks = [this] {
    while (cursor_.peek() == ' ' || (cursor_.peek() >= '\t' && cursor_.peek() <= '\r')) {
      cursor_.skip(1);
    }
  };
  skip_blanks();
  if (!is_digit(cursor_.peek())) return fail(cursor_.offset(), "a repetition count is missing");
  u32 value = 0;
  while (is_digit(cursor_.peek())) {
    if (value >= 100'000'000) return fail(cursor_.offset(), "a repetition count is too large");
    value = value * 10 + static_cast<u32>(cursor_.take() - '0');
  }
  skip_blanks();
  return value;
}

LineResult<void> LineParser::parse_counts() {
  const std::size_t start = cursor_.offset();
  cursor_.skip(1);
  const LineResult<u32> min = parse_number();
  if (!min) return tl::unexpected(min.error());
  u32 max = *min;
  if (cursor_.consume(",")) {
    skip_space();
    max = kNoLimit;
    if (cursor_.peek() != '}') {
      const LineResult<u32> bound = parse_number();
      if (!bound) return tl::unexpected(bound.error());
      max = *bound;
    }
  }
  if (!cursor_.consume("}")) return fail(start, "a counted repetition is not closed");
  if (max < *min) return fail(start, "a repetition's bounds are in the wrong order");
  return parse_repeat(*min, max);
}

LineResult<void> LineParser::parse_group() {
  const std::size_t start = cursor_.offset();
  cursor_.skip(1);
  skip_space();
  for (const std::string_view look : {"?=", "?!", "?<=", "?<!"}) {
    if (cursor_.rest().starts_with(look)) return fail(start, "look-around is not supported");
  }
  if (cursor_.consume("?P<") || cursor_.consume("?<")) {
    const std::size_t name = cursor_.offset();
    while (!cursor_.at_end() && cursor_.peek() != '>') cursor_.skip(1);
    if (cursor_.at_end() || cursor_.offset() == name) return fail(start, "a group name is missing");
    cursor_.skip(1);
    builder_.open_group(builder_.flags());
    return {};
  }
  if (cursor_.consume("?")) return parse_flags(start);
  builder_.open_group(builder_.flags());
  return {};
}

LineResult<void> LineParser::parse_flags(std::size_t start) {
  PatternFlags flags = builder_.flags();
  if (const LineResult<void> parsed = parse_flag_letters(flags); !parsed) return parsed;
  if (cursor_.at_end()) return fail(start, "a group is not closed");
  if (cursor_.take() == ':') {
    builder_.open_group(flags);
  } else {
    builder_.flags() = flags;
    after_flags_ = true;
  }
  return {};
}

LineResult<void> LineParser::parse_flag_letters(PatternFlags& flags) {
  bool value = true;
  for (; !cursor_.at_end() && cursor_.peek() != ':' && cursor_.peek() != ')'; cursor_.skip(1)) {
    switch (cursor_.peek()) {
      case 'i':
        flags.fold_case = value;
        break;
      case 'U':
        flags.swap_greed = value;
        break;
      case 'x':
        flags.verbose = value;
        break;
      case 'm':
      case 's':
        // On one line without its \n neither flag changes what matches.
        break;
      case 'u':
        if (value) return fail(cursor_.offset(), "patterns match bytes: Unicode mode is off");
        break;
      case '-':
        if (!value) return fail(cursor_.offset(), "flags are negated twice");
        value = false;
        break;
      default:
        return fail(cursor_.offset(), "an unknown flag");
    }
  }
  return {};
}

}  // namespace vyre::scan
