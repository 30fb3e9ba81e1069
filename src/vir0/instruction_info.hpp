#pragma once

#include <span>
#include <string_view>

#include "vir0/isa.hpp"

namespace vyre::vir0 {

enum class OperandKind : u8 {
  kNone,
  kScalarOut,
  kScalarInOut,
  kVectorOut,
  kMaskOut,
  kScalar,
  kVector,
  kMask,
};

enum class ImmediateKind : u8 {
  kNone,
  kValue,           ///< Any u32.
  kInput,           ///< A TileInput.
  kTarget,          ///< Index of a later instruction.
  kCount,           ///< Repetitions, 1..kMaxRepeat.
  kScalarRegister,  ///< A scalar that is read.
  kMaskRegister,    ///< A mask that is read.
  kFlag,            ///< 0 or 1.
  kHalf,            ///< 0: lanes 0..63, 1: lanes 64..127.
  kByte,            ///< 0..255.
  kResult,          ///< A declared result word.
  kResultBlock,     ///< The first of 256 declared result words that combine by sum.
  kCarry,           ///< A declared carry word.
  kCarryBlock,      ///< The first of 4 declared carry words.
  kTableU8,         ///< Tables: one with elements of 1, 2 or 4 bytes,
  kTableU16,
  kTableU32,
  kTableSet,        ///< a set of bytes, 32 bytes long,
  kTableLiteral,    ///< a literal of 1..256 bytes,
  kTableAutomaton,  ///< an automaton (wire/automaton_table.hpp).
  kWindowLoad,      ///< Declared windows, by what their access must allow.
  kWindowStore,
  kWindowAdd,
  kWindowMin,
  kWindowMax,
  kWindowOr,
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
  std::string_view name;
  std::string_view handler;
  std::string_view meaning;
};

/// All rows, ascending by opcode.
std::span<const InstructionInfo> instructions() noexcept;

/// The row of an opcode; null where there is none.
const InstructionInfo* find_instruction(Op op) noexcept;

}  // namespace vyre::vir0
