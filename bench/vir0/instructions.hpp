#pragma once

#include <string>
#include <vector>

#include "backend/cpu/cpu_level.hpp"
#include "measure.hpp"

namespace vyre::bench {

struct InstructionTime {
  std::string text;
  /// Of one execution on 128 lanes, dispatch included.
  Spread seconds;
};

/// Times instructions of every sort, each in a loop that holds it 16 times.
std::vector<InstructionTime> time_instructions(backend::CpuLevel level, int repetitions);

struct VerificationTime {
  std::string shape;
  std::size_t instructions;
  Spread seconds;
};

/// Times verify() on programs of 1,000 instructions of several shapes.
std::vector<VerificationTime> time_verification(int repetitions);

}  // namespace vyre::bench
