#pragma once

#include <span>
#include <string>

#include "vyre/error.hpp"
#include "vyre/program.hpp"

namespace vyre {

/// A program that finds where patterns (RE2 syntax, bytes) may match. For every match that a chunk
/// holds whole it emits a Record whose value is the pattern's index and whose offset lies inside
/// the match; for a literal of at most 16 bytes it is the match's last byte, and there are no
/// others. Longer or richer patterns have false candidates: confirm them where that matters.
/// Errors: InvalidArgument naming the pattern that cannot be compiled or matches nearly everywhere.
Result<VerifiedProgram> candidate_program(std::span<const std::string> patterns);

}  // namespace vyre
