#include "vir0/text/data_directives.hpp"

#include <fmt/format.h>

#include <array>
#include <span>

namespace vyre::vir0::text {
namespace {

/// What the directive appends to; null, with an error, where nothing is open.
std::vector<std::byte>* open_data(Line& line, const Token& directive) {
  Program& program = line.assembly.program;
  switch (line.assembly.open_data) {
    case OpenData::kTable:
      return &program.tables.back();
    case OpenData::kSection:
      return &program.unknown_sections.back().bytes;
    case OpenData::kNone:
      break;
  }
  line.error(directive, fmt::format("{} stands before any table", directive.text),
             "begin one by .table");
  return nullptr;
}

void read_numbers(Line& line, const Token& directive, unsigned bits) {
  std::vector<std::byte>* data = open_data(line, directive);
  if (data == nullptr) return;
  while (true) {
    const auto value = read_number(line, bits);
    if (!value) return;
    for (unsigned shift = 0; shift < bits; shift += 8) {
      data->push_back(static_cast<std::byte>(*value >> shift));
    }
    if (line.cursor.at_end()) return;
    if (const Token comma = line.cursor.next(); !comma.is(',')) {
      return line.expected(comma, "a comma between numbers");
    }
  }
}

/// The bytes of the one string that follows the directive.
std::optional<std::string> read_string(Line& line) {
  const Token token = line.cursor.next();
  if (token.kind != TokenKind::kString) {
    line.expected(token, "a string");
    return std::nullopt;
  }
  auto bytes = read_quoted(line, token);
  if (!bytes || !expect_end(line, "the string")) return std::nullopt;
  return bytes;
}

void append(std::vector<std::byte>& data, std::span<const std::byte> bytes) {
  data.insert(data.end(), bytes.begin(), bytes.end());
}

int hex_digit(char digit) {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

bool append_hex_group(Line& line, const Token& group, std::vector<std::byte>& data) {
  for (std::size_t at = 0; at < group.text.size(); at += 2) {
    const int high = hex_digit(group.text[at]);
    const int low = at + 1 < group.text.size() ? hex_digit(group.text[at + 1]) : -1;
    if (high < 0 || low < 0) {
      const Token place{group.kind, group.column + static_cast<u32>(at), {}};
      line.error(place,
                 fmt::format("'{}' is no pair of hexadecimal digits",
                             escape(group.text.substr(at, 2), '\0')),
                 "write each byte as two of 0-9 a-f");
      return false;
    }
    data.push_back(static_cast<std::byte>(high << 4 | low));
  }
  return true;
}

}  // namespace

void read_u8_data(Line& line, const Token& directive) { read_numbers(line, directive, 8); }
void read_u16_data(Line& line, const Token& directive) { read_numbers(line, directive, 16); }
void read_u32_data(Line& line, const Token& directive) { read_numbers(line, directive, 32); }

void read_hex_data(Line& line, const Token& directive) {
  std::vector<std::byte>* data = open_data(line, directive);
  if (data == nullptr) return;
  do {
    const Token group = line.cursor.next();
    if (group.kind != TokenKind::kWord && group.kind != TokenKind::kNumber) {
      return line.expected(group, "pairs of hexadecimal digits");
    }
    if (!append_hex_group(line, group, *data)) return;
  } while (!line.cursor.at_end());
}

void read_text_data(Line& line, const Token& directive) {
  std::vector<std::byte>* data = open_data(line, directive);
  if (data == nullptr) return;
  if (const auto bytes = read_string(line)) append(*data, std::as_bytes(std::span(*bytes)));
}

void read_set_data(Line& line, const Token& directive) {
  std::vector<std::byte>* data = open_data(line, directive);
  if (data == nullptr) return;
  const auto bytes = read_string(line);
  if (!bytes) return;
  std::array<std::byte, kSetBytes> set{};
  for (const char c : *bytes) {
    const auto byte = static_cast<u8>(c);
    set[byte / 8] |= std::byte{1} << byte % 8;
  }
  append(*data, set);
}

}  // namespace vyre::vir0::text
