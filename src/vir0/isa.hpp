#pragma once

#include "base/units.hpp"
#include "wire/outcome.hpp"
#include "wire/platform.hpp"

// The instruction set as host and device need it: opcodes and the 64-bit encoding. Names and
// operand kinds (host only) are in vir0/instruction_info.hpp.
namespace vyre::vir0 {

enum class Op : u8 {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  k##name = code,
#include "vir0/isa.def"
#undef VYRE_VIR0
};

inline constexpr u32 kScalarRegisters = 16;
inline constexpr u32 kVectorRegisters = 16;
inline constexpr u32 kMaskRegisters = 8;
inline constexpr u32 kMaxLoopDepth = 8;
inline constexpr u32 kTileInputs = 4;
/// Carry words of a file (u64), output bytes of a tile, words of all results together.
inline constexpr u32 kMaxCarryWords = 16;
inline constexpr u32 kMaxTileOutput = kTileBytes;
inline constexpr u32 kMaxResultWords = wire::kOutcomeResults;
inline constexpr u32 kMaxWindows = 32;
inline constexpr u32 kMaxLiteralBytes = 256;
inline constexpr u32 kSetBytes = 32;
inline constexpr u32 kHistogramWords = 256;
inline constexpr u32 kXxh64CarryWords = 4;
/// Bytes of one io.load.
inline constexpr u32 kMaxIoBytes = 65536;
/// Set in `dst` of an instruction's loaded image, never in a program's own code: the verifier has
/// proven that it stays in bounds, so the interpreter does not check.
inline constexpr u8 kProvenInBounds = 0x80;

/// One instruction. In memory a u64: opcode in bits 0..7, then dst, a, b, immediate.
struct Instruction {
  Op op;
  u8 dst;
  u8 a;
  u8 b;
  u32 immediate;
};

VYRE_HOST_DEVICE constexpr u64 pack(Instruction i) {
  return static_cast<u64>(i.op) | static_cast<u64>(i.dst) << 8 | static_cast<u64>(i.a) << 16 |
         static_cast<u64>(i.b) << 24 | static_cast<u64>(i.immediate) << 32;
}

VYRE_HOST_DEVICE constexpr Instruction unpack(u64 word) {
  return {static_cast<Op>(word & 0xFF), static_cast<u8>(word >> 8), static_cast<u8>(word >> 16),
          static_cast<u8>(word >> 24), static_cast<u32>(word >> 32)};
}

/// Fuel of one execution of an instruction.
VYRE_HOST_DEVICE constexpr u32 fuel_of(Op op) {
  switch (op) {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  case Op::k##name:                                                                   \
    return fuel;
#include "vir0/isa.def"
#undef VYRE_VIR0
  }
  return 0;
}

}  // namespace vyre::vir0
