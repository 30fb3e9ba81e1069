#pragma once

#include <span>
#include <vector>

#include "scan/automata/compile.hpp"
#include "vyre/program.hpp"

namespace vyre::scan {

/// The VIR0 program that runs every table over a tile: emits the patterns' candidates, and nothing
/// where there is no table. Errors: InvalidProgram where a table is not well-formed or all of them
/// together exceed the verifier's fuel.
Result<VerifiedProgram> make_candidate_program(std::span<const std::vector<std::byte>> tables);

}  // namespace vyre::scan
