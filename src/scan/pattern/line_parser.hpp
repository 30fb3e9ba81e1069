#pragma once

#include <string_view>
#include <tl/expected.hpp>

#include "scan/pattern/parser_cursor.hpp"
#include "scan/pattern/tree_builder.hpp"

namespace vyre::scan {

/// Why a pattern of the kLine dialect is refused, and where (bytes from its start).
struct LineParseError {
  std::size_t offset;
  const char* reason;
};
template <typename T>
using LineResult = tl::expected<T, LineParseError>;

/// Parses the kLine dialect. Classes lose their \n, since a line has none.
class LineParser {
 public:
  explicit LineParser(std::string_view text);

  LineResult<Ast> parse();

 private:
  /// What an escape stands for.
  struct Escape {
    enum class Kind { kByte, kClass, kAssertion } kind;
    u8 byte = 0;
    ByteSet set;
    Assertion assertion = Assertion::kTextBegin;
  };

  LineResult<void> parse_item();
  LineResult<void> parse_group();
  LineResult<void> parse_flags(std::size_t start);
  LineResult<void> parse_flag_letters(PatternFlags& flags);
  LineResult<void> parse_repeat(u32 min, u32 max);
  LineResult<void> parse_counts();
  LineResult<u32> parse_number();
  LineResult<void> parse_character();
  LineResult<void> push_class(const ByteSet& set, std::size_t start);
  LineResult<void> push_byte(u8 byte, std::size_t start);

  LineResult<Escape> parse_escape();
  LineResult<u8> parse_hex(std::size_t fixed_digits);

  LineResult<ByteSet> parse_class(u32 depth);
  LineResult<ByteSet> parse_class_union(u32 depth);
  LineResult<ByteSet> parse_class_item();
  LineResult<ByteSet> parse_posix_class();
  LineResult<u8> parse_class_byte();

  /// Under (?x) white space and comments mean nothing.
  void skip_space();
  [[nodiscard]] tl::unexpected<LineParseError> fail(std::size_t offset, const char* reason) const {
    return tl::unexpected(LineParseError{offset, reason});
  }
  [[nodiscard]] ByteSet folded(const ByteSet& set);

  std::string_view text_;
  ParserCursor cursor_;
  TreeBuilder builder_;
  /// The latest item cannot be repeated: it was a flag setting such as (?i).
  bool after_flags_ = false;
};

}  // namespace vyre::scan
