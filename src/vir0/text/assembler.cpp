#include <fmt/format.h>

#include <utility>

#include "vir0/text/assembly.hpp"

namespace vyre {
namespace vir0::text {
namespace {

// Lines, columns and the offsets that columns are made of fit u32 below this.
constexpr std::size_t kMaxTextBytes = std::size_t{1} << 30;

std::vector<std::string> mnemonics() {
  std::vector<std::string> names;
  for (const InstructionInfo& info : instructions()) names.emplace_back(info.mnemonic);
  return names;
}

void define_label(Line& line, const Token& name) {
  Assembly& assembly = line.assembly;
  const auto index = static_cast<u32>(assembly.pending.size());
  define(line, name, assembly.names.labels, std::string(name.text), index);
  assembly.program.symbols.push_back({Symbol::Kind::kLabel, index, std::string(name.text)});
}

/// `@12:`
void check_index(Line& line) {
  line.cursor.next();
  const Token number = line.cursor.peek();
  if (number.kind != TokenKind::kNumber) return line.expected(number, "an index after @");
  const auto index = read_number(line, 32);
  const Token colon = line.cursor.peek();
  if (!colon.is(':')) return line.expected(colon, "a colon after the index");
  line.cursor.next();
  const std::size_t actual = line.assembly.pending.size();
  if (index && *index != actual) {
    line.error(number, fmt::format("the next instruction is @{}, not @{}", actual, *index),
               "correct the index, or use a label");
  }
}

void read_instruction(Line& line) {
  const Token mnemonic = line.cursor.next();
  // A row for each, whether known or not: the indexes of those behind it stay right.
  Assembly& assembly = line.assembly;
  assembly.positions.push_back(line.position(mnemonic));
  const InstructionInfo* info = find_mnemonic(mnemonic.text);
  assembly.pending.push_back({info, 0, line.cursor.rest(), line.cursor.peek().column});
  if (info != nullptr) return;
  std::string fix = did_you_mean(mnemonic.text, mnemonics());
  if (fix.empty()) fix = "docs/ISA.md lists all instructions; a label ends with a colon";
  line.error(mnemonic, fmt::format("there is no instruction {}", describe(mnemonic)),
             std::move(fix));
}

/// What stands on a line: labels, then an instruction or a directive, each perhaps missing.
void read_line(Line& line) {
  while (!line.cursor.at_end()) {
    const Token token = line.cursor.peek();
    if (token.is('@')) {
      const std::size_t before = line.assembly.errors.count();
      check_index(line);
      if (line.assembly.errors.count() != before) return;
      continue;
    }
    if (token.kind != TokenKind::kWord) {
      return line.expected(token, "an instruction, a directive or a label");
    }
    LineCursor behind = line.cursor;
    behind.next();
    if (!behind.peek().is(':') || !is_identifier(token.text)) {
      return token.text.front() == '.' ? read_directive(line) : read_instruction(line);
    }
    define_label(line, token);
    behind.next();
    line.cursor = behind;
  }
}

void read_lines(Assembly& assembly, std::string_view text) {
  for (u32 number = 1; !text.empty() && !assembly.errors.full(); ++number) {
    const std::size_t newline = text.find('\n');
    std::string_view row = text.substr(0, newline);
    text.remove_prefix(newline == std::string_view::npos ? text.size() : newline + 1);
    if (row.ends_with('\r')) row.remove_suffix(1);
    Line line{assembly, number, LineCursor(row)};
    read_line(line);
  }
}

}  // namespace
}  // namespace vir0::text

std::string TextError::message() const {
  return fmt::format("{}:{}: {}{}{}", position.line, position.column, what, fix.empty() ? "" : "; ",
                     fix);
}

tl::expected<AssembledProgram, std::vector<TextError>> assemble_with_positions(
    std::string_view text) {
  using namespace vir0::text;
  Assembly assembly;
  if (text.size() > kMaxTextBytes) {
    return tl::unexpected(std::vector{TextError{
        {},
        fmt::format("{} bytes of text, at most {} can be read", text.size(), kMaxTextBytes),
        "use the binary form"}});
  }
  read_lines(assembly, text);
  encode_pending(assembly);
  if (!assembly.errors.empty()) return tl::unexpected(assembly.errors.take());
  return AssembledProgram{std::move(assembly.program), std::move(assembly.positions)};
}

Result<Program> assemble(std::string_view text) {
  auto assembled = assemble_with_positions(text);
  if (assembled) return std::move(assembled->program);
  const std::vector<TextError>& errors = assembled.error();
  std::string what = fmt::format("{}:{}: {}", errors.front().position.line,
                                 errors.front().position.column, errors.front().what);
  if (errors.size() > 1) what += fmt::format(" (and {} more errors)", errors.size() - 1);
  Error error = invalid_argument(std::move(what), errors.front().fix);
  error.detail = static_cast<int>(errors.front().position.line);
  return tl::unexpected(std::move(error));
}

}  // namespace vyre
