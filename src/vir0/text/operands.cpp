#include <fmt/format.h>

#include <limits>

#include "vir0/text/assembly.hpp"

namespace vyre::vir0::text {
namespace {

std::optional<u32> narrow(std::optional<u64> value) {
  if (!value) return std::nullopt;
  return static_cast<u32>(*value);
}

std::optional<u32> read_register(Line& line, const RegisterFile& file) {
  const Token token = line.cursor.next();
  const std::string wanted =
      fmt::format("a {} register, {}0..{}{}", file.name, file.letter, file.letter, file.count - 1);
  std::optional<RegisterName> found;
  const auto& aliases = line.assembly.names.aliases;
  if (token.kind == TokenKind::kWord) {
    found = parse_register(token.text);
    if (const auto alias = aliases.find(token.text); !found && alias != aliases.end()) {
      found = alias->second.value;
    }
  }
  if (found && found->file == file) return found->index;
  std::string fix;
  if (token.kind == TokenKind::kWord && !found) fix = did_you_mean(token.text, names_of(aliases));
  line.expected(token, wanted, std::move(fix));
  return std::nullopt;
}

/// A name that was declared; `declare` shows how.
template <typename T>
std::optional<T> look_up(Line& line, const Token& token, const NameMap<T>& map,
                         std::string_view what, std::string_view declare) {
  const auto found = map.find(token.text);
  if (found != map.end() && !found->second.shared) return found->second.value;
  if (found != map.end()) {
    line.error(token, fmt::format("more than one {} bears the name {}", what, describe(token)),
               "name it by its number");
    return std::nullopt;
  }
  std::string fix = did_you_mean(token.text, names_of(map));
  if (fix.empty()) fix = fmt::format("declare it by {}", declare);
  line.error(token, fmt::format("there is no {} {}", what, describe(token)), std::move(fix));
  return std::nullopt;
}

std::optional<u32> read_target(Line& line) {
  if (line.cursor.peek().is('@')) {
    line.cursor.next();
    if (line.cursor.peek().kind == TokenKind::kNumber) return narrow(read_number(line, 32));
    line.expected(line.cursor.peek(), "an instruction's index after @");
    return std::nullopt;
  }
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kWord) {
    return look_up(line, token, line.assembly.names.labels, "label", "a line `NAME:`");
  }
  line.expected(token, "a label or @INDEX");
  return std::nullopt;
}

std::optional<u32> read_result(Line& line) {
  if (line.cursor.peek().kind != TokenKind::kWord) return narrow(read_number(line, 32));
  const Token token = line.cursor.next();
  const auto range =
      look_up(line, token, line.assembly.names.results, "result", ".result NAME KIND");
  u64 offset = 0;
  Token offset_token = token;
  if (line.cursor.peek().is('+')) {
    line.cursor.next();
    offset_token = line.cursor.peek();
    const auto read = read_number(line, 32);
    if (!read) return std::nullopt;
    offset = *read;
  }
  if (!range) return std::nullopt;
  if (offset >= range->count) {
    line.error(offset_token,
               fmt::format("the result {} has {} words, this is number {}", describe(token),
                           range->count, offset),
               "declare more words, .result NAME KIND COUNT");
    return std::nullopt;
  }
  if (range->base + offset > std::numeric_limits<u32>::max()) {
    line.error(token, "the result lies beyond word 4294967295", "declare fewer words");
    return std::nullopt;
  }
  return static_cast<u32>(range->base + offset);
}

std::optional<u32> read_declared(Line& line, const NameMap<u32>& map, std::string_view what,
                                 std::string_view declare) {
  if (line.cursor.peek().kind != TokenKind::kWord) return narrow(read_number(line, 32));
  return look_up(line, line.cursor.next(), map, what, declare);
}

std::optional<u32> read_bit(Line& line) {
  const Token token = line.cursor.peek();
  const auto value = read_number(line, 32);
  if (value && *value > 1) {
    line.expected(token, "0 or 1");
    return std::nullopt;
  }
  return narrow(value);
}

std::optional<u32> read_input(Line& line) {
  const Token token = line.cursor.next();
  if (token.kind == TokenKind::kWord) {
    if (const auto input = index_of(kInputNames, token.text)) return input;
  }
  const std::vector<std::string> names(kInputNames.begin(), kInputNames.end());
  line.expected(token, fmt::format("an input ({})", fmt::join(kInputNames, ", ")),
                did_you_mean(token.text, names));
  return std::nullopt;
}

std::optional<u32> read_immediate(Line& line, ImmediateForm form) {
  const Names& names = line.assembly.names;
  switch (form) {
    case ImmediateForm::kNone:
      return 0;
    case ImmediateForm::kNumber:
    case ImmediateForm::kCarry:
      return narrow(read_number(line, 32));
    case ImmediateForm::kByte:
      return narrow(read_number(line, 8));
    case ImmediateForm::kBit:
      return read_bit(line);
    case ImmediateForm::kInput:
      return read_input(line);
    case ImmediateForm::kTarget:
      return read_target(line);
    case ImmediateForm::kScalar:
      return read_register(line, kScalarFile);
    case ImmediateForm::kMask:
      return read_register(line, kMaskFile);
    case ImmediateForm::kResult:
      return read_result(line);
    case ImmediateForm::kTable:
      return read_declared(line, names.tables, "table", ".table NAME");
    case ImmediateForm::kWindow:
      return read_declared(line, names.windows, "window", ".window NAME ACCESS FIRST");
  }
  return std::nullopt;
}

/// Reads one instruction's operands in their order, with the commas between them.
class OperandReader {
 public:
  OperandReader(Line& line, const InstructionInfo& info) : line_(line), info_(info) {}

  u64 read() {
    Instruction instruction{info_.op, 0, 0, 0, 0};
    instruction.dst = read_field(info_.dst);
    instruction.a = read_field(info_.a);
    instruction.b = read_field(info_.b);
    const ImmediateForm form = immediate_form(info_.immediate);
    if (form != ImmediateForm::kNone && separate()) {
      const auto value = read_immediate(line_, form);
      failed_ = !value;
      instruction.immediate = value.value_or(0);
    }
    if (!failed_ && !line_.cursor.at_end()) {
      line_.expected(line_.cursor.peek(), "the end of the line after the last operand", usage());
    }
    return pack(instruction);
  }

 private:
  u8 read_field(OperandKind kind) {
    const auto file = register_file(kind);
    if (!file || !separate()) return 0;
    const auto index = read_register(line_, *file);
    failed_ = !index;
    return static_cast<u8>(index.value_or(0));
  }

  // False where the operand is not to be read: after an error the rest would only cause others.
  bool separate() {
    if (failed_) return false;
    const Token token = line_.cursor.peek();
    if (token.kind == TokenKind::kEnd) {
      line_.error(token, fmt::format("{} lacks an operand", info_.mnemonic), usage());
      failed_ = true;
    } else if (!first_ && !token.is(',')) {
      line_.expected(token, "a comma between operands", usage());
      failed_ = true;
    } else if (!first_) {
      line_.cursor.next();
    }
    first_ = false;
    return !failed_;
  }

  [[nodiscard]] std::string usage() const { return "write " + signature(info_); }

  Line& line_;
  const InstructionInfo& info_;
  bool first_ = true;
  bool failed_ = false;
};

}  // namespace

void encode_pending(Assembly& assembly) {
  assembly.program.code.reserve(assembly.pending.size());
  for (std::size_t index = 0; index < assembly.pending.size() && !assembly.errors.full(); ++index) {
    const PendingInstruction& pending = assembly.pending[index];
    if (pending.info == nullptr) {
      assembly.program.code.push_back(pending.word);
      continue;
    }
    Line line{assembly, assembly.positions[index].line,
              LineCursor(pending.operands, pending.operands_column)};
    assembly.program.code.push_back(OperandReader(line, *pending.info).read());
  }
}

}  // namespace vyre::vir0::text
