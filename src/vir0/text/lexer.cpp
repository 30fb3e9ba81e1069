#include "vir0/text/lexer.hpp"

#include <fmt/format.h>

#include "vir0/text/literals.hpp"

namespace vyre::vir0::text {
namespace {

constexpr bool is_digit(char byte) { return byte >= '0' && byte <= '9'; }
constexpr bool begins_word(char byte) {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '.';
}
constexpr bool continues_word(char byte) { return begins_word(byte) || is_digit(byte); }
constexpr bool is_space(char byte) { return byte == ' ' || byte == '\t'; }

// What a message shows of a token at most.
constexpr std::size_t kShownBytes = 40;

}  // namespace

std::string describe(const Token& token) {
  if (token.kind == TokenKind::kEnd) return "the end of the line";
  if (token.kind == TokenKind::kInvalid) {
    if (token.text.front() == '"') return "a string without its closing quote";
    if (token.text.front() == '\'') return "a character without its closing quote";
    const auto byte = static_cast<u8>(token.text.front());
    if (byte <= ' ' || byte >= 0x7F) return fmt::format("byte 0x{:02x}", byte);
  }
  std::string shown = escape(token.text.substr(0, kShownBytes), '\0');
  if (token.text.size() > kShownBytes) shown += "...";
  const bool quoted = token.kind == TokenKind::kString || token.kind == TokenKind::kCharacter;
  return quoted ? shown : fmt::format("'{}'", shown);
}

void LineCursor::advance() {
  while (at_ < line_.size() && is_space(line_[at_])) ++at_;
  const u32 column = first_column_ + static_cast<u32>(at_);
  if (at_ == line_.size() || line_[at_] == ';') {
    token_ = {TokenKind::kEnd, column, {}};
    return;
  }
  TokenKind kind = TokenKind::kInvalid;
  const std::size_t length = token_length(at_, kind);
  token_ = {kind, column, line_.substr(at_, length)};
  at_ += length;
}

std::size_t LineCursor::token_length(std::size_t begin, TokenKind& kind) const {
  const char first = line_[begin];
  if (first == '"' || first == '\'') {
    const std::size_t length = quoted_length(begin);
    if (length == 0) return line_.size() - begin;
    kind = first == '"' ? TokenKind::kString : TokenKind::kCharacter;
    return length;
  }
  if (first == ',' || first == ':' || first == '+' || first == '@') {
    kind = TokenKind::kPunctuation;
    return 1;
  }
  const bool negative = first == '-' && begin + 1 < line_.size() && is_digit(line_[begin + 1]);
  if (!negative && !continues_word(first)) return 1;
  kind = begins_word(first) ? TokenKind::kWord : TokenKind::kNumber;
  std::size_t end = begin + 1;
  while (end < line_.size() && continues_word(line_[end])) ++end;
  return end - begin;
}

// Both quotes included; 0 where the second is missing.
std::size_t LineCursor::quoted_length(std::size_t begin) const {
  for (std::size_t at = begin + 1; at < line_.size(); ++at) {
    if (line_[at] == '\\') {
      ++at;
    } else if (line_[at] == line_[begin]) {
      return at + 1 - begin;
    }
  }
  return 0;
}

}  // namespace vyre::vir0::text
