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
  /// What its resources hold.
  std::vector<std::string> resources;
  /// How the file is cut: bytes that a chunk owns, a multiple of a tile.
  u32 own_bytes;
  unsigned workers;
};

/// What the host alone makes of a case.
struct HostResult {
  /// What was wrong first, by whom; none where all agree. Else nothing but what ran counts.
  std::optional<std::string> difference;
  std::optional<VerifiedProgram> program;
  FileAnswer answer;
  std::map<vir0::Op, u64> executed;
};

/// Runs the case by the naive interpreter and by the kernel over chunks, without workers; holds the
/// verifier to its promises and the two forms of a program to each other. Thread-safe.
HostResult run_on_host(const DifferentialCase& test);

/// What the machine under test, which has loaded the case's program, answers otherwise than the
/// host, which found no difference.
std::optional<std::string> machine_difference(const DifferentialCase& test, const HostResult& host,
                                              MachineRun& machine, MachineRun::Loaded loaded);

/// Runs cases by the host, then by machines of as many workers as each asks for. One thread at a
/// time.
class Comparison {
 public:
  /// With the machine's difference, if that is all there is.
  HostResult run(const DifferentialCase& test);

 private:
  MachineRun& machine(unsigned workers);

  static constexpr unsigned kMaxWorkers = 4;
  std::array<std::unique_ptr<MachineRun>, kMaxWorkers + 1> machines_;
};

/// The case's facts and its program, for a person who has to find the fault.
std::string describe(const DifferentialCase& test);

}  // namespace vyre::oracle
