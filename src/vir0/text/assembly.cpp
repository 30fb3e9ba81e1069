#include "vir0/text/assembly.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggestion.hpp"

namespace vyre::vir0::text {

std::vector<TextError> ErrorList::take() {
  std::ranges::stable_sort(errors_, [](const TextError& a, const TextError& b) {
    return std::pair(a.position.line, a.position.column) <
           std::pair(b.position.line, b.position.column);
  });
  return std::move(errors_);
}

void Line::expected(const Token& token, std::string_view what, std::string fix) const {
  error(token, fmt::format("expected {}, not {}", what, describe(token)), std::move(fix));
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
  const std::string meant = base::closest_match(word, candidates);
  return meant.empty() ? meant : fmt::format("did you mean {}?", meant);
}

std::optional<std::string> read_quoted(Line& line, const Token& token) {
  std::string bytes;
  if (const auto problem = unescape(token.text, bytes)) {
    const Token at{token.kind, token.column + static_cast<u32>(problem->offset), {}};
    line.error(at, problem->what, "known are \\n \\t \\r \\\\ \\\" \\' and \\xHH");
    return std::nullopt;
  }
  return bytes;
}

std::optional<Number> read_any_number(Line& line) {
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kNumber) {
    const auto number = parse_number(token.text);
    if (!number) {
      line.error(token, fmt::format("{} is no number of at most 64 bits", describe(token)),
                 "write a decimal number, or a hexadecimal one after 0x");
    }
    return number;
  }
  if (token.kind == TokenKind::kCharacter) {
    const auto bytes = read_quoted(line, token);
    if (!bytes) return std::nullopt;
    if (bytes->size() == 1) return Number{false, static_cast<u8>(bytes->front())};
    line.error(token, fmt::format("a character is one byte, this has {}", bytes->size()),
               "write a byte as '\\xHH', or more of them in a string");
    return std::nullopt;
  }
  if (token.kind == TokenKind::kWord) {
    const auto& constants = line.assembly.names.constants;
    if (const auto found = constants.find(token.text); found != constants.end()) {
      return found->second.value;
    }
    std::string fix = did_you_mean(token.text, names_of(constants));
    if (fix.empty()) fix = "define it by .const NAME VALUE";
    line.error(token, fmt::format("there is no constant {}", describe(token)), std::move(fix));
    return std::nullopt;
  }
  line.expected(token, "a number");
  return std::nullopt;
}

std::optional<u64> read_number(Line& line, unsigned bits) {
  const Token token = line.cursor.peek();
  const auto number = read_any_number(line);
  if (!number) return std::nullopt;
  const auto value = number->in_bits(bits);
  if (!value) {
    line.error(token, fmt::format("{} does not fit into {} bits", describe(token), bits));
  }
  return value;
}

bool expect_end(Line& line, std::string_view after) {
  if (line.cursor.at_end()) return true;
  line.expected(line.cursor.peek(), fmt::format("the end of the line after {}", after),
                "a comment begins with ;");
  return false;
}

}  // namespace vyre::vir0::text
