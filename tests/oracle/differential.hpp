#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include "tests/oracle/machine_run.hpp"
#include "tests/oracle/program_generator.hpp"

namespace vyre::oracle {

/// Everything about one comparison; the same for the same seed.
struct DifferentialCase {
  explicit DifferentialCase(u64 case_seed);

  u64 seed;
  Program program;
  std::string file;
  /// The tenant's whole state window before the run.
  std::vector<u32> window;
  /// How the file is cut: bytes that a chunk owns, a multiple of a tile.
  u32 own_bytes;
  unsigned workers;
};

struct ComparisonResult {
  /// What was wrong first, by whom; none where all agree.
  std::optional<std::string> difference;
  bool faulted = false;
  std::map<vir0::Op, u64> executed;
};

/// Runs cases three times: by the naive interpreter, by the kernel over chunks, and by the CPU
/// backend with its workers; and holds the verifier to its promises and the two forms of a program
/// to each other. One thread at a time.
class Comparison {
 public:
  ComparisonResult run(const DifferentialCase& test);

 private:
  MachineRun& machine(unsigned workers);

  static constexpr unsigned kMaxWorkers = 4;
  std::array<std::unique_ptr<MachineRun>, kMaxWorkers + 1> machines_;
};

/// The case's facts and its program, for a person who has to find the fault.
std::string describe(const DifferentialCase& test);

}  // namespace vyre::oracle
