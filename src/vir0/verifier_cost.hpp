#pragma once

#include "vir0/verifier_immediates.hpp"

namespace vyre::vir0 {

/// Worst cases of one tile: every instruction runs as often as its loops allow, both sides of a
/// branch included. Sums saturate.
struct Cost {
  /// That of the instruction table and that of the automata's checks.
  u64 fuel = 0;
  u64 check_fuel = 0;
  /// The emit budget left out.
  u64 records = 0;
  /// How often each instruction runs at most.
  std::vector<u64> runs;
};

/// Errors: InvalidProgram at the first instruction with which the fuel exceeds its limit.
Result<Cost> check_cost(const Program& program, const Code& code, const AutomatonCosts& automata);

}  // namespace vyre::vir0
