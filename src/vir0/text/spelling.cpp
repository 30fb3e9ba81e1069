#include "vir0/text/spelling.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <utility>
#include <vector>

namespace vyre::vir0::text {
namespace {

std::string_view placeholder(ImmediateForm form) {
  switch (form) {
    case ImmediateForm::kNone:
      return {};
    case ImmediateForm::kNumber:
      return "NUMBER";
    case ImmediateForm::kByte:
      return "BYTE";
    case ImmediateForm::kBit:
      return "0|1";
    case ImmediateForm::kInput:
      return "INPUT";
    case ImmediateForm::kTarget:
      return "LABEL";
    case ImmediateForm::kScalar:
      return "sI";
    case ImmediateForm::kMask:
      return "mI";
    case ImmediateForm::kResult:
      return "RESULT";
    case ImmediateForm::kCarry:
      return "CARRY";
    case ImmediateForm::kTable:
      return "TABLE";
    case ImmediateForm::kWindow:
      return "WINDOW";
  }
  return {};
}

std::vector<const InstructionInfo*> rows_by_mnemonic() {
  std::vector<const InstructionInfo*> rows;
  for (const InstructionInfo& info : instructions()) rows.push_back(&info);
  std::ranges::sort(rows, {}, &InstructionInfo::mnemonic);
  return rows;
}

}  // namespace

std::optional<u32> index_of(std::span<const std::string_view> names, std::string_view word) {
  const auto found = std::ranges::find(names, word);
  if (found == names.end()) return std::nullopt;
  return static_cast<u32>(found - names.begin());
}

std::optional<RegisterFile> register_file(OperandKind kind) noexcept {
  switch (kind) {
    case OperandKind::kNone:
      return std::nullopt;
    case OperandKind::kScalarOut:
    case OperandKind::kScalarInOut:
    case OperandKind::kScalar:
      return kScalarFile;
    case OperandKind::kVectorOut:
    case OperandKind::kVector:
      return kVectorFile;
    case OperandKind::kMaskOut:
    case OperandKind::kMask:
      return kMaskFile;
  }
  return std::nullopt;
}

std::optional<RegisterName> parse_register(std::string_view word) noexcept {
  for (const RegisterFile& file : {kScalarFile, kVectorFile, kMaskFile}) {
    if (word.size() < 2 || word.size() > 3 || word.front() != file.letter) continue;
    if (word[1] == '0' && word.size() > 2) return std::nullopt;
    u8 index = 0;
    const char* last = word.data() + word.size();
    const auto [end, error] = std::from_chars(word.data() + 1, last, index);
    if (error != std::errc() || end != last || index >= file.count) return std::nullopt;
    return RegisterName{file, index};
  }
  return std::nullopt;
}

ImmediateForm immediate_form(ImmediateKind kind) noexcept {
  switch (kind) {
    case ImmediateKind::kNone:
      return ImmediateForm::kNone;
    case ImmediateKind::kValue:
    case ImmediateKind::kCount:
      return ImmediateForm::kNumber;
    case ImmediateKind::kByte:
      return ImmediateForm::kByte;
    case ImmediateKind::kFlag:
    case ImmediateKind::kHalf:
      return ImmediateForm::kBit;
    case ImmediateKind::kInput:
      return ImmediateForm::kInput;
    case ImmediateKind::kTarget:
      return ImmediateForm::kTarget;
    case ImmediateKind::kScalarRegister:
      return ImmediateForm::kScalar;
    case ImmediateKind::kMaskRegister:
      return ImmediateForm::kMask;
    case ImmediateKind::kResult:
    case ImmediateKind::kResultBlock:
      return ImmediateForm::kResult;
    case ImmediateKind::kCarry:
    case ImmediateKind::kCarryBlock:
      return ImmediateForm::kCarry;
    case ImmediateKind::kTableU8:
    case ImmediateKind::kTableU16:
    case ImmediateKind::kTableU32:
    case ImmediateKind::kTableSet:
    case ImmediateKind::kTableLiteral:
    case ImmediateKind::kTableAutomaton:
      return ImmediateForm::kTable;
    case ImmediateKind::kWindowLoad:
    case ImmediateKind::kWindowStore:
    case ImmediateKind::kWindowAdd:
    case ImmediateKind::kWindowMin:
    case ImmediateKind::kWindowMax:
    case ImmediateKind::kWindowOr:
      return ImmediateForm::kWindow;
  }
  return ImmediateForm::kNone;
}

std::string signature(const InstructionInfo& info) {
  std::vector<std::string> operands;
  const std::pair<OperandKind, char> fields[] = {{info.dst, 'D'}, {info.a, 'A'}, {info.b, 'B'}};
  for (const auto& [kind, field] : fields) {
    if (const auto file = register_file(kind)) operands.push_back({file->letter, field});
  }
  const ImmediateForm form = immediate_form(info.immediate);
  if (form != ImmediateForm::kNone) operands.emplace_back(placeholder(form));
  if (operands.empty()) return std::string(info.mnemonic);
  return fmt::format("{} {}", info.mnemonic, fmt::join(operands, ", "));
}

const InstructionInfo* find_mnemonic(std::string_view mnemonic) noexcept {
  static const std::vector<const InstructionInfo*> kRows = rows_by_mnemonic();
  const auto found = std::ranges::lower_bound(kRows, mnemonic, {}, &InstructionInfo::mnemonic);
  if (found == kRows.end() || (*found)->mnemonic != mnemonic) return nullptr;
  return *found;
}

}  // namespace vyre::vir0::text
