#pragma once

#include <algorithm>
#include <limits>

#include "vyre/program.hpp"
#include "wire/platform.hpp"

namespace vyre::vir0 {

/// Records that one tile may emit: as declared, else as many as the verifier has found possible.
inline u32 emit_budget(const VerifiedProgram& program) {
  const u64 most =
      std::min<u64>(program.bounds().records_per_tile, std::numeric_limits<u32>::max());
  return program.program().emit_budget.value_or(static_cast<u32>(most));
}

}  // namespace vyre::vir0
