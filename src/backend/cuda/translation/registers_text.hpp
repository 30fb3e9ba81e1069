#pragma once

#include <fmt/format.h>

#include <string>

#include "kernel/operands.hpp"

// The program's registers as PTX names them.
namespace vyre::backend::translation {

/// Of a block, 32 lanes each.
inline constexpr u32 kWarps = kLanes / 32;

inline std::string scalar(u32 index) { return fmt::format("%s{}", index); }
inline std::string vector(u32 index) { return fmt::format("%v{}", index); }
inline std::string mask(u32 index) { return fmt::format("%m{}", index); }
/// The second operand of a vector's instruction: a register, or the immediate.
inline std::string second_vector(vir0::Instruction i) {
  return kernel::second_is_register(i.op) ? vector(i.b) : fmt::format("{}", i.immediate);
}
inline std::string second_scalar(vir0::Instruction i) {
  return kernel::second_is_register(i.op) ? scalar(i.b) : fmt::format("{}", i.immediate);
}

}  // namespace vyre::backend::translation
