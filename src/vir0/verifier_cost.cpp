#include "vir0/verifier_cost.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "vir0/limits.hpp"
#include "vir0/saturating.hpp"

namespace vyre::vir0 {
namespace {

/// How often each instruction runs at most: the product of its loops' counts.
std::vector<u64> runs_of(const Code& code) {
  std::vector<u64> runs(code.size(), 1);
  for (u32 at = 0; at < code.size(); ++at) {
    const u32 loop = code.loop[at];
    if (loop != Code::kNoLoop) {
      runs[at] = saturating_multiply(runs[loop], code.instructions[loop].immediate);
    }
  }
  return runs;
}

/// Records that one run of an instruction emits at most.
u64 records_of(const Instruction& i, const AutomatonCosts& automata) {
  switch (i.op) {
    case Op::kEmit:
      return kLanes;
    case Op::kFindEmit:
      return kTileBytes;
    case Op::kAutomaton:
      return saturating_multiply(kTileBytes, automata[i.immediate].members);
    default:
      return 0;
  }
}

}  // namespace

Result<Cost> check_cost(const Program& program, const Code& code, const AutomatonCosts& automata) {
  Cost cost;
  cost.runs = runs_of(code);
  for (u32 at = 0; at < code.size(); ++at) {
    const Instruction& i = code.instructions[at];
    const u64 runs = cost.runs[at];
    cost.fuel = saturating_add(cost.fuel, saturating_multiply(runs, code.rows[at]->fuel));
    cost.records = saturating_add(cost.records, saturating_multiply(runs, records_of(i, automata)));
    if (i.op == Op::kAutomaton) {
      const u64 steps = saturating_multiply(kLaneBytes, automata[i.immediate].check_steps);
      cost.check_fuel = saturating_add(cost.check_fuel, saturating_multiply(runs, steps));
    }
    if (cost.fuel > kMaxFuelPerTile) {
      return tl::unexpected(rejection(
          program, at, fmt::format("one tile may cost more than {} fuel", kMaxFuelPerTile),
          "lower the repeat counts or split the program"));
    }
    if (cost.check_fuel > kMaxCheckFuelPerTile) {
      return tl::unexpected(
          rejection(program, at,
                    fmt::format("the automata's checks may cost more than {} fuel in one tile",
                                kMaxCheckFuelPerTile),
                    "shorten the checks, or give their factors different ends"));
    }
  }
  return cost;
}

}  // namespace vyre::vir0
