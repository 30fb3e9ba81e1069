#pragma once

#include <string>
#include <vector>

#include "vyre/program.hpp"
#include "wire/platform.hpp"

namespace vyre::oracle {

struct GeneratedProgram {
  Program program;
  /// Strings that it searches for.
  std::vector<std::string> planted;
};

/// A program that verify() must accept, the same for the same seed. About a quarter of them access
/// without care and may fault. Its windows lie within kWindowWords.
GeneratedProgram generate_program(u64 seed);

}  // namespace vyre::oracle
