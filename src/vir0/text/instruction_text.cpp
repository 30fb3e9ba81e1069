#include "vir0/text/instruction_text.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vir0/instruction_info.hpp"
#include "vir0/text/literals.hpp"
#include "vir0/text/spelling.hpp"

namespace vyre::vir0::text {
namespace {

// Above, a number is more easily read in hexadecimal.
constexpr u32 kMaxDecimal = 65536;

std::map<u32, std::string_view> by_index(const UniqueNames& names) {
  std::map<u32, std::string_view> first;
  for (const auto& [name, index] : names) first.emplace(index, name);
  return first;
}

std::string name_or_number(const std::map<u32, std::string_view>& names, u32 index) {
  const auto found = names.find(index);
  return found != names.end() ? std::string(found->second) : std::to_string(index);
}

std::string value_text(Op op, u32 value) {
  const bool adds = op == Op::kScalarAddImmediate || op == Op::kVectorAddImmediate;
  if (adds && value > ~kMaxDecimal) return std::to_string(static_cast<std::int32_t>(value));
  return value <= kMaxDecimal ? std::to_string(value) : fmt::format("0x{:x}", value);
}

std::string byte_text(u32 value) {
  const char byte = static_cast<char>(value);
  const std::string text = escape({&byte, 1}, '\'');
  return text.starts_with("\\x") ? fmt::format("0x{:02x}", value) : "'" + text + "'";
}

/// Whether an instruction's field holds what its kind can name; what does not is no operand.
bool fits(OperandKind kind, u8 field) {
  const auto file = register_file(kind);
  return field < (file ? file->count : 1);
}

bool fits(ImmediateForm form, u32 immediate) {
  switch (form) {
    case ImmediateForm::kNone:
      return immediate == 0;
    case ImmediateForm::kByte:
      return immediate <= 0xFF;
    case ImmediateForm::kBit:
      return immediate <= 1;
    case ImmediateForm::kInput:
      return immediate < kInputNames.size();
    case ImmediateForm::kScalar:
      return immediate < kScalarRegisters;
    case ImmediateForm::kMask:
      return immediate < kMaskRegisters;
    case ImmediateForm::kNumber:
    case ImmediateForm::kTarget:
    case ImmediateForm::kResult:
    case ImmediateForm::kCarry:
    case ImmediateForm::kTable:
    case ImmediateForm::kWindow:
      return true;
  }
  return false;
}

/// The row of a word that can be written as an instruction; null otherwise.
const InstructionInfo* writable_row(u64 word) {
  const Instruction instruction = unpack(word);
  const InstructionInfo* info = find_instruction(instruction.op);
  if (info == nullptr) return nullptr;
  const bool all_fit = fits(info->dst, instruction.dst) && fits(info->a, instruction.a) &&
                       fits(info->b, instruction.b) &&
                       fits(immediate_form(info->immediate), instruction.immediate);
  return all_fit ? info : nullptr;
}

std::string immediate_text(Op op, ImmediateForm form, u32 value, const References& references) {
  switch (form) {
    case ImmediateForm::kNone:
      return {};
    case ImmediateForm::kNumber:
      return value_text(op, value);
    case ImmediateForm::kByte:
      return byte_text(value);
    case ImmediateForm::kBit:
    case ImmediateForm::kCarry:
      return std::to_string(value);
    case ImmediateForm::kInput:
      return std::string(kInputNames[value]);
    case ImmediateForm::kTarget:
      return references.label(value);
    case ImmediateForm::kScalar:
      return fmt::format("{}{}", kScalarFile.letter, value);
    case ImmediateForm::kMask:
      return fmt::format("{}{}", kMaskFile.letter, value);
    case ImmediateForm::kResult:
      return references.result(value);
    case ImmediateForm::kTable:
      return references.table(value);
    case ImmediateForm::kWindow:
      return references.window(value);
  }
  return {};
}

}  // namespace

References::References(const Program& program)
    : program_(program),
      labels_(unique_names(program, Symbol::Kind::kLabel)),
      tables_(unique_names(program, Symbol::Kind::kTable)),
      label_names_(by_index(labels_)),
      table_names_(by_index(tables_)) {
  u64 base = 0;
  for (const ResultDeclaration& result : program.results) {
    ++result_bearers_[result.name];
    result_bases_.push_back(base);
    base += result.count;
  }
  for (const WindowDeclaration& window : program.windows) ++window_bearers_[window.name];
}

bool References::is_plain_result(std::string_view name) const {
  return is_identifier(name) && result_bearers_.at(name) == 1;
}

bool References::is_plain_window(std::string_view name) const {
  return is_identifier(name) && window_bearers_.at(name) == 1;
}

std::string References::label(u32 index) const {
  const auto found = label_names_.find(index);
  return found != label_names_.end() ? std::string(found->second) : fmt::format("@{}", index);
}

std::string References::table(u32 index) const { return name_or_number(table_names_, index); }

std::string References::window(u32 index) const {
  const bool named =
      index < program_.windows.size() && is_plain_window(program_.windows[index].name);
  return named ? program_.windows[index].name : std::to_string(index);
}

std::string References::result(u32 word) const {
  const auto above = std::ranges::upper_bound(result_bases_, u64{word});
  if (above == result_bases_.begin()) return std::to_string(word);
  const auto index = static_cast<std::size_t>(above - result_bases_.begin()) - 1;
  const ResultDeclaration& result = program_.results[index];
  const u64 offset = word - result_bases_[index];
  if (offset >= result.count || !is_plain_result(result.name)) return std::to_string(word);
  return offset == 0 ? result.name : fmt::format("{}+{}", result.name, offset);
}

std::string instruction_text(u64 word, const References& references) {
  const InstructionInfo* info = writable_row(word);
  if (info == nullptr) return fmt::format(".word 0x{:016x}", word);
  const Instruction instruction = unpack(word);
  std::string text(info->mnemonic);
  const char* separator = " ";
  const std::pair<OperandKind, u8> fields[] = {
      {info->dst, instruction.dst}, {info->a, instruction.a}, {info->b, instruction.b}};
  for (const auto& [kind, field] : fields) {
    const auto file = register_file(kind);
    if (!file) continue;
    text += fmt::format("{}{}{}", separator, file->letter, field);
    separator = ", ";
  }
  const ImmediateForm form = immediate_form(info->immediate);
  if (form == ImmediateForm::kNone) return text;
  return text + separator + immediate_text(info->op, form, instruction.immediate, references);
}

std::optional<u32> branch_target(u64 word) {
  const InstructionInfo* info = writable_row(word);
  if (info == nullptr || info->immediate != ImmediateKind::kTarget) return std::nullopt;
  return unpack(word).immediate;
}

}  // namespace vyre::vir0::text
