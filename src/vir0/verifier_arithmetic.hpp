#pragma once

#include <optional>

#include "vir0/verifier_value.hpp"

// The rows of the instruction table that are arithmetic which scalars and vectors share.
namespace vyre::vir0 {

struct SharedArithmetic {
  Arithmetic operation;
  /// How the second operand comes to be.
  enum class Second : u8 { kRegister, kImmediate, kSignedImmediate } second;
};

/// None where the row is something else.
std::optional<SharedArithmetic> shared_arithmetic(Op op);

/// The second operand of a scalar instruction; its register, or the immediate as it is extended.
Value second_operand(const SharedArithmetic& shared, const Instruction& i,
                     const std::array<Value, kScalarRegisters>& scalars, Width width);

/// The result of a vector instruction: `fresh_base`, unless it adds a constant without wrapping.
VectorValue vector_result(const SharedArithmetic& shared, const Instruction& i,
                          const std::array<VectorValue, kVectorRegisters>& vectors, u32 fresh_base);

}  // namespace vyre::vir0
