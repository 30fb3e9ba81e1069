#pragma once

#include <string>
#include <string_view>

#include "wire/platform.hpp"

// Tokens of one line of the text form.
namespace vyre::vir0::text {

enum class TokenKind : u8 {
  kEnd,          ///< Of the line, a comment left out.
  kWord,         ///< Letters, digits, `_` and `.`, not beginning with a digit.
  kNumber,       ///< Digits and what follows them directly, perhaps after `-`; not yet parsed.
  kCharacter,    ///< `'c'`, quotes included, escapes not yet resolved.
  kString,       ///< `"..."`, the same.
  kPunctuation,  ///< One of `, : + @`.
  kInvalid,      ///< A byte that begins no token, or a quote that is not closed.
};

struct Token {
  TokenKind kind = TokenKind::kEnd;
  u32 column = 1;
  std::string_view text;

  [[nodiscard]] bool is(char punctuation) const noexcept {
    return kind == TokenKind::kPunctuation && text.front() == punctuation;
  }
};

/// What a token is, for messages: "end of line", "'v9'", "byte 0x07".
std::string describe(const Token& token);

/// Reads a line's tokens from left to right. The line must outlive the tokens.
class LineCursor {
 public:
  /// `column` is that of the line's first byte, where `line` is the rest of one.
  explicit LineCursor(std::string_view line, u32 column = 1) : line_(line), first_column_(column) {
    advance();
  }

  [[nodiscard]] const Token& peek() const noexcept { return token_; }
  /// The token at the cursor, which then moves on; at the end it stays.
  Token next() {
    const Token token = token_;
    advance();
    return token;
  }
  [[nodiscard]] bool at_end() const noexcept { return token_.kind == TokenKind::kEnd; }
  /// The line from the cursor's token on; that token's column belongs to its first byte.
  [[nodiscard]] std::string_view rest() const {
    return line_.substr(token_.column - first_column_);
  }

 private:
  void advance();
  [[nodiscard]] std::size_t token_length(std::size_t begin, TokenKind& kind) const;
  [[nodiscard]] std::size_t quoted_length(std::size_t begin) const;

  std::string_view line_;
  u32 first_column_;
  std::size_t at_ = 0;
  Token token_;
};

}  // namespace vyre::vir0::text
