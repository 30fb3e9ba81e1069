#pragma once

#include "vir0/isa.hpp"

namespace vyre::kernel {

/// True where the row's operand b is a register; else the second operand, if any, is the immediate.
constexpr bool second_is_register(vir0::Op op) {
  switch (op) {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  case vir0::Op::k##name:                                                             \
    return #b[0] != 'N';
#include "vir0/isa.def"
#undef VYRE_VIR0
  }
  return false;
}

/// True where the verifier has proven that the instruction stays in bounds.
VYRE_HOST_DEVICE constexpr bool is_proven(vir0::Instruction i) {
  return (i.dst & vir0::kProvenInBounds) != 0;
}

/// The index in `dst` of an instruction that may be proven.
VYRE_HOST_DEVICE constexpr u32 target_index(vir0::Instruction i) {
  return i.dst & (vir0::kProvenInBounds - 1u);
}

/// Never true: for the static_assert of an instruction that a handler does not know.
template <vir0::Op>
inline constexpr bool kUnknownInstruction = false;

}  // namespace vyre::kernel
