#pragma once

#include "vir0/verifier_code.hpp"

namespace vyre::vir0 {

/// Registers that occur, as highest index + 1.
struct RegisterCounts {
  u32 scalars = 0;
  u32 vectors = 0;
  u32 masks = 0;
};

/// Checks operands (kinds, indices, unused fields), that every register is set on every path that
/// leads to where it is read, that every instruction can be reached, that jumps stay inside their
/// loop and go forward, and that no path leaves the program but by `halt`.
Result<RegisterCounts> check_flow(const Program& program, const Code& code);

}  // namespace vyre::vir0
