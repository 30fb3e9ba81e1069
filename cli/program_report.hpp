#pragma once

#include <string>
#include <vector>

#include "cli/program_file.hpp"
#include "vyre/program.hpp"

namespace vyre::cli {

/// What the verifier found out about a program, as lines for people.
std::string program_text(const std::string& file, const VerifiedProgram& verified);

/// The same as one line of JSON, `"accepted": true` in it.
std::string program_json(const std::string& file, const VerifiedProgram& verified);

/// A program that was not accepted, as one line of JSON.
std::string problems_json(const std::string& file, const std::vector<ProgramProblem>& problems);

}  // namespace vyre::cli
