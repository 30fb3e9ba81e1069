#pragma once

#include <vector>

#include "vir0/automaton_check.hpp"
#include "vir0/verifier_declarations.hpp"

namespace vyre::vir0 {

/// Cost of the automata of a program, by table; zero for tables that no `automaton` names.
using AutomatonCosts = std::vector<AutomatonCost>;

/// Checks the immediates of all instructions but jump targets and registers: ranges, and that what
/// they name is declared, of the right kind, and (windows, results) allows the instruction.
Result<AutomatonCosts> check_immediates(const Program& program, const Code& code,
                                        const DeclarationTotals& totals);

}  // namespace vyre::vir0
