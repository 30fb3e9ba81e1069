#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "vir0/instruction_info.hpp"

// The words of the text form, each in one place for assembler, disassembler and reference.
namespace vyre::vir0::text {

/// By the value that each stands for.
inline constexpr std::array<std::string_view, 6> kCombineNames = {"sum", "min", "max",
                                                                  "or",  "xor", "crc32c"};
inline constexpr std::array<std::string_view, 6> kAccessNames = {"read", "add", "min",
                                                                 "max",  "or",  "state"};
inline constexpr std::array<std::string_view, 4> kInputNames = {"offset", "length", "before",
                                                                "after"};
inline constexpr std::array<std::string_view, 2> kSymbolKindNames = {"label", "table"};
static_assert(kInputNames.size() == kTileInputs);

/// The value that a word stands for in one of these lists.
std::optional<u32> index_of(std::span<const std::string_view> names, std::string_view word);

/// A register file: the letter that its names begin with and its size.
struct RegisterFile {
  char letter;
  u32 count;
  std::string_view name;
  friend bool operator==(const RegisterFile&, const RegisterFile&) = default;
};
inline constexpr RegisterFile kScalarFile = {'s', kScalarRegisters, "scalar"};
inline constexpr RegisterFile kVectorFile = {'v', kVectorRegisters, "vector"};
inline constexpr RegisterFile kMaskFile = {'m', kMaskRegisters, "mask"};

/// The file that an operand's register is of; none for OperandKind::kNone.
std::optional<RegisterFile> register_file(OperandKind kind) noexcept;

struct RegisterName {
  RegisterFile file;
  u8 index;
};
/// `s0`..`s15`, `v0`..`v15`, `m0`..`m7`.
std::optional<RegisterName> parse_register(std::string_view word) noexcept;

/// How an immediate is written, whatever the instruction does with it.
enum class ImmediateForm : u8 {
  kNone,
  kNumber,  ///< Any u32.
  kByte,
  kBit,
  kInput,
  kTarget,
  kScalar,
  kMask,
  kResult,
  kCarry,
  kTable,
  kWindow,
};
ImmediateForm immediate_form(ImmediateKind kind) noexcept;

/// The instruction with placeholders for its operands: "v.load.u8 vD, vA, mB".
std::string signature(const InstructionInfo& info);

/// The row of a mnemonic; null where there is none.
const InstructionInfo* find_mnemonic(std::string_view mnemonic) noexcept;

}  // namespace vyre::vir0::text
