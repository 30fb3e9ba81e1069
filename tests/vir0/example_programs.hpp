#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "vyre/program.hpp"

namespace vyre::testing {

/// Every instruction of the table at least once, through ProgramBuilder; verify() accepts it.
Program every_instruction();

/// A program of a few instructions, without and with every kind of declaration and section.
Program bare_program();
Program decorated_program();

/// The programs of this file, and those under examples/ (text form), each with its name.
std::vector<std::pair<std::string, Program>> example_programs();

/// Any Program that can be encoded, whatever the verifier says: odd names, kinds out of range,
/// empty and many sections. Equal seeds give equal programs.
Program random_program(std::uint32_t seed);

}  // namespace vyre::testing
