#pragma once

#include <optional>
#include <string_view>

#include "scan/pattern/parser_cursor.hpp"
#include "scan/pattern/tree_builder.hpp"

namespace vyre::scan {

/// Parses a text that RE2 accepts (Latin-1, Perl classes). Every member returns false, or nothing,
/// where the text is not understood.
class Re2Parser {
 public:
  explicit Re2Parser(std::string_view text) : cursor_(text), builder_(PatternFlags{}) {}

  std::optional<Ast> parse();

 private:
  bool parse_item();
  bool parse_group();
  bool parse_flags();
  bool parse_escape();
  bool parse_literal_run();
  bool parse_repeat(u32 min, u32 max);
  /// {n}, {n,} or {n,m} at the cursor; nothing, and no move, where the brace is a literal.
  bool parse_counts(u32& min, u32& max);
  bool parse_number(u32& value);

  std::optional<u8> parse_escaped_byte();
  std::optional<u8> parse_hex_byte();
  std::optional<ByteSet> parse_class();
  bool parse_class_item(ByteSet& set);
  /// \d and its like, or \p{..}; nothing, and no move, where the cursor is on something else.
  std::optional<ByteSet> parse_named_escape();

  void push_byte(u8 byte);
  [[nodiscard]] ByteSet folded(const ByteSet& set);

  ParserCursor cursor_;
  TreeBuilder builder_;
};

}  // namespace vyre::scan
