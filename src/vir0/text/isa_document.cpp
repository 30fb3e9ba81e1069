// Writes the reference of the instruction set, docs/ISA.md, to standard output. Usage:
// vyre_isa_document ISA.DEF, whose comments introduce the groups of instructions.

#include <fmt/format.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "vir0/instruction_info.hpp"
#include "vir0/limits.hpp"
#include "vir0/text/spelling.hpp"

namespace vyre::vir0::text {
namespace {

/// The spelling of a row's operand kinds in the instruction table.
struct KindNames {
  std::string_view dst;
  std::string_view a;
  std::string_view b;
  std::string_view immediate;
};

constexpr KindNames kKindNames[] = {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  {#dst, #a, #b, #immediate},
#include "vir0/isa.def"
#undef VYRE_VIR0
};

std::string_view meaning_of(OperandKind kind) {
  switch (kind) {
    case OperandKind::kNone:
      return "the field is 0";
    case OperandKind::kScalarOut:
      return "a scalar register, written";
    case OperandKind::kScalarInOut:
      return "a scalar register, read and written";
    case OperandKind::kVectorOut:
      return "a vector register, written";
    case OperandKind::kMaskOut:
      return "a mask register, written";
    case OperandKind::kScalar:
      return "a scalar register, read";
    case OperandKind::kVector:
      return "a vector register, read";
    case OperandKind::kMask:
      return "a mask register, read";
  }
  return "";
}

std::string meaning_of(ImmediateKind kind) {
  switch (kind) {
    case ImmediateKind::kNone:
      return "0";
    case ImmediateKind::kValue:
      return "any 32 bits";
    case ImmediateKind::kInput:
      return fmt::format("a fact about the tile: {}, as 0 to {}", fmt::join(kInputNames, ", "),
                         kInputNames.size() - 1);
    case ImmediateKind::kTarget:
      return "the index of a later instruction of the same loop";
    case ImmediateKind::kCount:
      return fmt::format("repetitions, 1 to {}", kMaxRepeat);
    case ImmediateKind::kScalarRegister:
      return "a scalar register, read";
    case ImmediateKind::kMaskRegister:
      return "a mask register, read";
    case ImmediateKind::kFlag:
      return "0 or 1";
    case ImmediateKind::kHalf:
      return "0 for lanes 0 to 63, 1 for lanes 64 to 127";
    case ImmediateKind::kByte:
      return "0 to 255";
    case ImmediateKind::kResult:
      return "a word of the declared results, which are numbered through";
    case ImmediateKind::kResultBlock:
      return fmt::format("the first of {} result words that combine by sum", kHistogramWords);
    case ImmediateKind::kCarry:
      return "a declared carry word";
    case ImmediateKind::kCarryBlock:
      return fmt::format("the first of {} carry words", kXxh64CarryWords);
    case ImmediateKind::kTableU8:
      return "a table of bytes";
    case ImmediateKind::kTableU16:
      return "a table of elements of 2 bytes, little-endian";
    case ImmediateKind::kTableU32:
      return "a table of elements of 4 bytes, little-endian";
    case ImmediateKind::kTableSet:
      return fmt::format("a table of {} bytes, the set of bytes whose bits are 1", kSetBytes);
    case ImmediateKind::kTableLiteral:
      return fmt::format("a table of 1 to {} bytes, the literal to find", kMaxLiteralBytes);
    case ImmediateKind::kTableAutomaton:
      return "a table that is an automaton, `src/wire/automaton_table.hpp`";
    case ImmediateKind::kWindowLoad:
      return "a declared window whose access allows to load";
    case ImmediateKind::kWindowStore:
      return "a declared window whose access allows to store";
    case ImmediateKind::kWindowAdd:
      return "a declared window whose access allows to add";
    case ImmediateKind::kWindowMin:
      return "a declared window whose access allows min";
    case ImmediateKind::kWindowMax:
      return "a declared window whose access allows max";
    case ImmediateKind::kWindowOr:
      return "a declared window whose access allows or";
  }
  return "";
}

std::string_view title_of(std::string_view handler) {
  const std::map<std::string_view, std::string_view> titles = {{"control", "Control flow"},
                                                               {"scalar", "Scalars"},
                                                               {"vector", "Vectors"},
                                                               {"lanes", "Across lanes"},
                                                               {"mask", "Masks"},
                                                               {"load", "Loads from the tile"},
                                                               {"table", "Loads from a table"},
                                                               {"window", "State window"},
                                                               {"carry", "Carry"},
                                                               {"output", "Output"},
                                                               {"io", "Resources"},
                                                               {"macro", "Whole tile"}};
  const auto found = titles.find(handler);
  return found != titles.end() ? found->second : handler;
}

/// The comment directly above a row of the table, by the row's opcode.
std::map<unsigned, std::string> read_introductions(const char* path) {
  std::ifstream table(path);
  std::map<unsigned, std::string> introductions;
  std::string comment;
  for (std::string line; std::getline(table, line);) {
    if (line.starts_with("// ")) {
      comment += (comment.empty() ? "" : " ") + line.substr(3);
    } else {
      constexpr std::string_view kRow = "VYRE_VIR0(";
      if (line.starts_with(kRow) && !comment.empty()) {
        introductions[static_cast<unsigned>(std::stoul(line.substr(kRow.size()), nullptr, 16))] =
            comment;
      }
      comment.clear();
    }
  }
  return introductions;
}

// A bar would end the cell, even inside of backquotes.
std::string cell(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (byte == '|') escaped += '\\';
    escaped += byte;
  }
  return escaped;
}

void print_head() {
  fmt::print(
      "# VIR0: the instruction set\n\n"
      "Written by `tools/generate_isa` from `src/vir0/isa.def`; do not edit.\n\n"
      "A program runs once per tile of {} bytes, on {} lanes. It has {} scalar registers (`s`, "
      "u64, "
      "the same in all lanes), {} vector registers (`v`, u32 in each lane) and {} mask registers "
      "(`m`, a bit in each lane). How programs are written and stored: [VIR0.md](VIR0.md).\n\n"
      "## Encoding\n\n"
      "An instruction is a little-endian u64:\n\n"
      "| bits | 0..7 | 8..15 | 16..23 | 24..31 | 32..63 |\n"
      "|---|---|---|---|---|---|\n"
      "| field | opcode | dst | a | b | immediate |\n\n"
      "The text form writes a mnemonic, then the operands in this order, those of kind `None` left "
      "out. A field that is not used is 0.\n\n"
      "Fuel is what the verifier adds up along the costliest path of one tile, loops at their "
      "greatest count: 1 is one operation on {} lanes. The handler is the function that executes "
      "the instruction, `run_HANDLER` in `src/kernel`.\n\n",
      kTileBytes, kLanes, kScalarRegisters, kVectorRegisters, kMaskRegisters, kLanes);
}

/// The kinds that the table uses, in the order in which it first does.
void print_kinds() {
  std::vector<std::pair<std::string, std::string>> operands;
  std::vector<std::pair<std::string, std::string>> immediates;
  const auto add = [](auto& list, std::string_view name, std::string_view meaning) {
    for (const auto& known : list) {
      if (known.first == name) return;
    }
    list.emplace_back(name, meaning);
  };
  for (std::size_t row = 0; row < instructions().size(); ++row) {
    const InstructionInfo& info = instructions()[row];
    add(operands, kKindNames[row].dst, meaning_of(info.dst));
    add(operands, kKindNames[row].a, meaning_of(info.a));
    add(operands, kKindNames[row].b, meaning_of(info.b));
    add(immediates, kKindNames[row].immediate, meaning_of(info.immediate));
  }
  fmt::print("## Operand kinds\n\n| dst, a, b | meaning |\n|---|---|\n");
  for (const auto& [name, meaning] : operands) fmt::print("| `{}` | {} |\n", name, cell(meaning));
  fmt::print("\n| immediate | meaning |\n|---|---|\n");
  for (const auto& [name, meaning] : immediates) fmt::print("| `{}` | {} |\n", name, cell(meaning));
}

void print_row(const InstructionInfo& info, const KindNames& kinds) {
  fmt::print("| `{:02x}` | `{}` | {} | {}, {}, {}, {} | {} | {} | {} |\n",
             static_cast<unsigned>(info.op), cell(signature(info)), info.name, kinds.dst, kinds.a,
             kinds.b, kinds.immediate, info.fuel, info.handler, cell(info.meaning));
}

void print_instructions(const std::map<unsigned, std::string>& introductions) {
  std::string_view title;
  for (std::size_t row = 0; row < instructions().size(); ++row) {
    const InstructionInfo& info = instructions()[row];
    const auto introduction = introductions.find(static_cast<unsigned>(info.op));
    if (introduction != introductions.end()) {
      if (title_of(info.handler) != title) fmt::print("\n## {}\n", title = title_of(info.handler));
      fmt::print("\n{}\n\n", introduction->second);
      fmt::print("| opcode | text | name | dst, a, b, immediate | fuel | handler | meaning |\n");
      fmt::print("|---|---|---|---|---|---|---|\n");
    }
    print_row(info, kKindNames[row]);
  }
}

}  // namespace
}  // namespace vyre::vir0::text

int main(int argc, char** argv) {
  using namespace vyre::vir0::text;
  const auto introductions =
      argc == 2 ? read_introductions(argv[1]) : std::map<unsigned, std::string>();
  // Without the first group's, the file is not the table.
  if (!introductions.contains(0)) {
    fmt::print(stderr, "usage: vyre_isa_document src/vir0/isa.def\n");
    return 2;
  }
  print_head();
  print_kinds();
  print_instructions(introductions);
  return 0;
}
