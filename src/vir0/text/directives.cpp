#include <fmt/format.h>

#include <array>

#include "vir0/limits.hpp"
#include "vir0/text/assembly.hpp"
#include "vir0/text/data_directives.hpp"

namespace vyre::vir0::text {
namespace {

// Set in the kind of a section that a reader may ignore; others cannot be carried along.
constexpr u32 kIgnorableSection = u32{1} << 31;

/// A name that others refer to: an identifier, or any bytes in quotes.
struct DeclaredName {
  Token token;
  std::string name;
};

std::optional<DeclaredName> read_name(Line& line, std::string_view what) {
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kWord && is_identifier(token.text)) {
    return DeclaredName{token, std::string(token.text)};
  }
  if (token.kind == TokenKind::kString) {
    if (auto bytes = read_quoted(line, token)) return DeclaredName{token, std::move(*bytes)};
    return std::nullopt;
  }
  line.expected(token, fmt::format("the name of {}", what));
  return std::nullopt;
}

std::optional<Token> read_identifier(Line& line, std::string_view what) {
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kWord && is_identifier(token.text)) return token;
  line.expected(token, fmt::format("the name of {}", what));
  return std::nullopt;
}

/// One of `names` as the value that it stands for, or that value as a number.
std::optional<u8> read_choice(Line& line, std::span<const std::string_view> names,
                              std::string_view what) {
  if (line.cursor.peek().kind == TokenKind::kNumber) {
    if (const auto value = read_number(line, 8)) return static_cast<u8>(*value);
    return std::nullopt;
  }
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kWord) {
    if (const auto value = index_of(names, token.text)) return static_cast<u8>(*value);
  }
  line.expected(token, fmt::format("{} ({})", what, fmt::join(names, ", ")),
                did_you_mean(token.text, std::vector<std::string>(names.begin(), names.end())));
  return std::nullopt;
}

/// The optional COUNT at a declaration's end.
std::optional<u32> read_count(Line& line) {
  if (line.cursor.at_end()) return 1;
  const auto count = read_number(line, 32);
  if (!count || !expect_end(line, "the count")) return std::nullopt;
  return static_cast<u32>(*count);
}

/// A name in quotes may be another's too (it then names nothing); one without may not.
template <typename T>
void declare(const Line& line, const DeclaredName& declared, NameMap<T>& map, const T& value) {
  const bool quotes = declared.token.kind == TokenKind::kString;
  const auto found = map.find(declared.name);
  if (quotes && found != map.end()) {
    found->second.shared = true;
  } else {
    define(line, declared.token, map, declared.name, value);
  }
}

bool first_time(Line& line, const Token& directive, std::optional<TextPosition>& at) {
  if (at) {
    line.error(directive, fmt::format("{} stands in line {} already", directive.text, at->line),
               "keep one of them");
    return false;
  }
  at = line.position(directive);
  return true;
}

void metadata(Line& line, const Token& directive) {
  const bool first = first_time(line, directive, line.assembly.metadata_at);
  const Token token = line.cursor.next();
  if (token.kind != TokenKind::kString) return line.expected(token, "a string");
  auto bytes = read_quoted(line, token);
  if (!bytes || !expect_end(line, "the string") || !first) return;
  line.assembly.program.metadata = std::move(*bytes);
}

void result(Line& line, const Token&) {
  Assembly& assembly = line.assembly;
  auto name = read_name(line, "a result");
  if (!name) return;
  const auto combine = read_choice(line, kCombineNames, "how parts combine");
  const auto count = combine ? read_count(line) : std::nullopt;
  const u32 words = count.value_or(~u32{0});
  declare(line, *name, assembly.names.results, ResultRange{assembly.result_words, words});
  if (!count) return;
  assembly.result_words += words;
  assembly.program.results.push_back({std::move(name->name), Combine{*combine}, words});
}

void window(Line& line, const Token&) {
  Assembly& assembly = line.assembly;
  auto name = read_name(line, "a window");
  if (!name) return;
  const auto index = static_cast<u32>(assembly.program.windows.size());
  declare(line, *name, assembly.names.windows, index);
  const auto access = read_choice(line, kAccessNames, "an access");
  const auto first = access ? read_number(line, 32) : std::nullopt;
  const auto count = first ? read_count(line) : std::nullopt;
  if (!count) return;
  assembly.program.windows.push_back(
      {std::move(name->name), WindowAccess{*access}, static_cast<u32>(*first), *count});
}

void carry(Line& line, const Token& directive) {
  const bool first = first_time(line, directive, line.assembly.carry_at);
  const auto words = read_number(line, 32);
  if (!words || !expect_end(line, "the number of words") || !first) return;
  line.assembly.program.carry_words = static_cast<u32>(*words);
}

void emit(Line& line, const Token& directive) {
  const bool first = first_time(line, directive, line.assembly.emit_at);
  const auto records = read_number(line, 32);
  if (!records || !expect_end(line, "the budget") || !first) return;
  line.assembly.program.emit_budget = static_cast<u32>(*records);
}

void io(Line& line, const Token& directive) {
  const bool first = first_time(line, directive, line.assembly.io_at);
  const auto bytes = read_number(line, 32);
  if (!bytes || !expect_end(line, "the number of bytes") || !first) return;
  line.assembly.program.io_bytes = static_cast<u32>(*bytes);
}

/// A name without quotes is a constant too: the resource's handle.
void resource(Line& line, const Token&) {
  Assembly& assembly = line.assembly;
  auto name = read_name(line, "a resource");
  if (!name) return;
  const Number handle{false, assembly.program.resources.size()};
  if (name->token.kind == TokenKind::kWord) {
    define(line, name->token, assembly.names.constants, name->name, handle);
  }
  assembly.program.resources.push_back(std::move(name->name));
  expect_end(line, "the resource's name");
}

void table(Line& line, const Token&) {
  Assembly& assembly = line.assembly;
  const auto index = static_cast<u32>(assembly.program.tables.size());
  assembly.program.tables.emplace_back();
  assembly.open_data = OpenData::kTable;
  if (line.cursor.at_end()) return;
  const auto name = read_identifier(line, "a table");
  if (!name) return;
  define(line, *name, assembly.names.tables, std::string(name->text), index);
  assembly.program.symbols.push_back({Symbol::Kind::kTable, index, std::string(name->text)});
  expect_end(line, "the table's name");
}

void section(Line& line, const Token&) {
  const Token token = line.cursor.peek();
  const auto read = read_number(line, 32);
  const auto kind = static_cast<u32>(read.value_or(kIgnorableSection));
  line.assembly.program.unknown_sections.push_back({kind, {}});
  line.assembly.open_data = OpenData::kSection;
  if (!read || !expect_end(line, "the section's kind")) return;
  if ((kind & kIgnorableSection) != 0) return;
  line.error(token, fmt::format("a section of kind {} is known or not to be ignored", kind),
             "set bit 31 of its kind, 0x80000000");
}

void symbol(Line& line, const Token&) {
  Assembly& assembly = line.assembly;
  const auto kind = read_choice(line, kSymbolKindNames, "a kind of symbol");
  const auto index = kind ? read_number(line, 32) : std::nullopt;
  if (!index) return;
  const Token token = line.cursor.next();
  if (token.kind != TokenKind::kString) return line.expected(token, "the symbol's name in quotes");
  auto name = read_quoted(line, token);
  if (!name || !expect_end(line, "the symbol's name")) return;
  const Symbol made{Symbol::Kind{*kind}, static_cast<u32>(*index), *name};
  if (made.kind == Symbol::Kind::kLabel) {
    declare(line, {token, *name}, assembly.names.labels, made.index);
  } else if (made.kind == Symbol::Kind::kTable) {
    declare(line, {token, *name}, assembly.names.tables, made.index);
  }
  assembly.program.symbols.push_back(made);
}

void alias(Line& line, const Token&) {
  const auto name = read_identifier(line, "an alias");
  if (!name) return;
  if (parse_register(name->text)) {
    return line.error(*name, fmt::format("{} is a register's own name", describe(*name)),
                      "choose another name");
  }
  const Token token = line.cursor.next();
  const auto found = token.kind == TokenKind::kWord ? parse_register(token.text) : std::nullopt;
  if (!found) return line.expected(token, "a register (s0..s15, v0..v15, m0..m7)");
  define(line, *name, line.assembly.names.aliases, std::string(name->text), *found);
  expect_end(line, "the register");
}

void constant(Line& line, const Token&) {
  const auto name = read_identifier(line, "a constant");
  if (!name) return;
  const Token token = line.cursor.peek();
  const auto value = read_any_number(line);
  if (!value || !expect_end(line, "the value")) return;
  if (!value->in_bits(64)) {
    return line.error(token, fmt::format("{} does not fit into 64 bits", describe(token)));
  }
  define(line, *name, line.assembly.names.constants, std::string(name->text), *value);
}

void word(Line& line, const Token& directive) {
  const auto value = read_number(line, 64);
  if (value) expect_end(line, "the word");
  line.assembly.positions.push_back(line.position(directive));
  line.assembly.pending.push_back({nullptr, value.value_or(0), {}, 0});
}

struct Directive {
  std::string_view name;
  void (*read)(Line& line, const Token& directive);
};
constexpr Directive kDirectives[] = {
    {".metadata", metadata}, {".result", result},     {".window", window},
    {".carry", carry},       {".emit", emit},         {".io", io},
    {".resource", resource}, {".table", table},       {".section", section},
    {".symbol", symbol},     {".alias", alias},       {".const", constant},
    {".word", word},         {".u8", read_u8_data},   {".u16", read_u16_data},
    {".u32", read_u32_data}, {".hex", read_hex_data}, {".text", read_text_data},
    {".set", read_set_data},
};

}  // namespace

void read_directive(Line& line) {
  const Token directive = line.cursor.next();
  for (const Directive& known : kDirectives) {
    if (known.name == directive.text) return known.read(line, directive);
  }
  std::vector<std::string> names;
  for (const Directive& known : kDirectives) names.emplace_back(known.name);
  std::string fix = did_you_mean(directive.text, names);
  if (fix.empty()) fix = fmt::format("known are {}", fmt::join(names, " "));
  line.error(directive, fmt::format("there is no directive {}", describe(directive)),
             std::move(fix));
}

}  // namespace vyre::vir0::text
