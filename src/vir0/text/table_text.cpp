#include "vir0/text/table_text.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "vir0/instruction_info.hpp"
#include "vir0/text/literals.hpp"

namespace vyre::vir0::text {
namespace {

constexpr std::size_t kLineBytes = 64;
constexpr std::size_t kNumbersPerLine = 8;
// A set with more members is shorter, and no less clear, in hexadecimal.
constexpr std::size_t kMaxSetMembers = 64;

std::optional<DataStyle> style_of(ImmediateKind kind) {
  switch (kind) {
    case ImmediateKind::kTableU8:
    case ImmediateKind::kTableAutomaton:
      return DataStyle::kFree;
    case ImmediateKind::kTableU16:
      return DataStyle::kWords16;
    case ImmediateKind::kTableU32:
      return DataStyle::kWords32;
    case ImmediateKind::kTableSet:
      return DataStyle::kSet;
    case ImmediateKind::kTableLiteral:
      return DataStyle::kText;
    default:
      return std::nullopt;
  }
}

bool fits(DataStyle style, std::size_t bytes) {
  if (style == DataStyle::kWords16) return bytes % 2 == 0;
  if (style == DataStyle::kWords32) return bytes % 4 == 0;
  return style != DataStyle::kSet || bytes == kSetBytes;
}

std::string_view as_text(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

bool is_printable(std::span<const std::byte> bytes) {
  return std::ranges::all_of(as_text(bytes), [](char byte) {
    return (byte >= ' ' && byte <= '~') || byte == '\n' || byte == '\t' || byte == '\r';
  });
}

void append_string(std::string& text, std::string_view bytes) {
  while (!bytes.empty()) {
    std::size_t length = std::min(bytes.size(), kLineBytes);
    if (const std::size_t newline = bytes.find('\n'); newline < length) length = newline + 1;
    text += "  .text " + quoted(bytes.substr(0, length)) + '\n';
    bytes.remove_prefix(length);
  }
}

void append_hex(std::string& text, std::span<const std::byte> bytes) {
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    if (at % kLineBytes == 0) text += at == 0 ? "  .hex " : "\n  .hex ";
    const auto value = static_cast<u8>(bytes[at]);
    text += {kDigits[value >> 4], kDigits[value & 15]};
  }
  if (!bytes.empty()) text += '\n';
}

void append_numbers(std::string& text, std::span<const std::byte> bytes, std::size_t width,
                    std::string_view directive) {
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    u32 value = 0;
    for (std::size_t byte = 0; byte < width; ++byte) {
      value |= static_cast<u32>(bytes[at + byte]) << 8 * byte;
    }
    if (at % (kNumbersPerLine * width) != 0) {
      text += ", ";
    } else {
      text += at == 0 ? "  " : "\n  ";
      text += directive;
      text += ' ';
    }
    text += std::to_string(value);
  }
  if (!bytes.empty()) text += '\n';
}

void append_set(std::string& text, std::span<const std::byte> set) {
  std::string members;
  for (std::size_t c = 0; c < 256; ++c) {
    if ((static_cast<u8>(set[c / 8]) >> c % 8 & 1) != 0) members.push_back(static_cast<char>(c));
  }
  if (members.size() > kMaxSetMembers) return append_hex(text, set);
  text += "  .set " + quoted(members) + '\n';
}

}  // namespace

std::vector<DataStyle> table_styles(const Program& program) {
  // Uses of different kinds leave no style that suits all.
  std::vector<std::optional<DataStyle>> used(program.tables.size());
  for (const u64 word : program.code) {
    const Instruction instruction = unpack(word);
    const InstructionInfo* info = find_instruction(instruction.op);
    if (info == nullptr || instruction.immediate >= used.size()) continue;
    const auto style = style_of(info->immediate);
    if (!style) continue;
    auto& known = used[instruction.immediate];
    known = !known || known == style ? *style : DataStyle::kFree;
  }
  std::vector<DataStyle> styles;
  for (std::size_t index = 0; index < used.size(); ++index) {
    const DataStyle style = used[index].value_or(DataStyle::kFree);
    styles.push_back(fits(style, program.tables[index].size()) ? style : DataStyle::kFree);
  }
  return styles;
}

void append_data(std::string& text, std::span<const std::byte> bytes, DataStyle style) {
  switch (style) {
    case DataStyle::kFree:
      if (is_printable(bytes)) return append_string(text, as_text(bytes));
      return append_hex(text, bytes);
    case DataStyle::kText:
      return append_string(text, as_text(bytes));
    case DataStyle::kSet:
      return append_set(text, bytes);
    case DataStyle::kWords16:
      return append_numbers(text, bytes, 2, ".u16");
    case DataStyle::kWords32:
      return append_numbers(text, bytes, 4, ".u32");
  }
}

}  // namespace vyre::vir0::text
