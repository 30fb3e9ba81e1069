#pragma once

#include <span>
#include <string_view>

#include "vir0/isa.hpp"

namespace vyre::vir0 {

enum class OperandKind : u8 {
  kNone,
  kScalarOut,
  kVectorOut,
  kMaskOut,
  kScalar,
  kVector,
  kMask,
};

enum class ImmediateKind : u8 {
  kNone,
  kValue,
  kInput,
  kTarget,
  kCount,
  kResult,
  kTable,
  kByte,
};

/// One row of the instruction table.
struct InstructionInfo {
  Op op;
  std::string_view mnemonic;
  OperandKind dst;
  OperandKind a;
  OperandKind b;
  ImmediateKind immediate;
  u32 fuel;
};

/// All rows, ascending by opcode.
std::span<const InstructionInfo> instructions() noexcept;

/// The row of an opcode; null where there is none.
const InstructionInfo* find_instruction(Op op) noexcept;

}  // namespace vyre::vir0
