#pragma once

#include <array>
#include <compare>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/units.hpp"
#include "tests/oracle/naive_tile.hpp"
#include "vir0/isa.hpp"
#include "vyre/program.hpp"
#include "wire/fault.hpp"

// VIR0's meaning a second time: one lane at a time, written from src/vir0/isa.def alone, slow and
// plain. It shares the opcodes' names and the encoding with src/, nothing else.
namespace vyre::oracle {

struct NaiveRecord {
  u64 offset;
  u32 value;
  friend auto operator<=>(const NaiveRecord&, const NaiveRecord&) = default;
};

struct NaiveFault {
  wire::FaultCode code;
  u32 instruction;
  /// Number of the tile in the file.
  u64 tile;
  friend bool operator==(const NaiveFault&, const NaiveFault&) = default;
};

/// What was used at most in one tile, and how often each instruction ran in all.
struct Consumption {
  u64 fuel = 0;
  u64 records = 0;
  u64 output = 0;
  std::map<vir0::Op, u64> executed;
};

struct NaiveRun {
  /// Where the program faulted, in the first tile in order that does; then only `used` means
  /// anything.
  std::optional<NaiveFault> fault;
  /// The program did what no verified program may: read a register that nothing has set, run off
  /// its end, name what it has not declared.
  std::optional<std::string> broken_promise;
  /// The file's words, finished.
  std::vector<u64> results;
  /// Ascending.
  std::vector<NaiveRecord> records;
  std::string output;
  /// The tenant's state window afterwards.
  std::vector<u32> window;
  Consumption used;
};

using Lanes = std::array<u32, kLanes>;
using Mask = std::array<bool, kLanes>;

/// Nothing where no instruction of the tile has set it yet.
struct NaiveRegisters {
  std::array<std::optional<u64>, vir0::kScalarRegisters> scalars;
  std::array<std::optional<Lanes>, vir0::kVectorRegisters> vectors;
  std::array<std::optional<Mask>, vir0::kMaskRegisters> masks;
};

/// Called before each instruction that runs.
using NaiveObserver =
    std::function<void(u32 instruction, const NaiveTile& tile, const NaiveRegisters& registers)>;

/// Runs the program over the tiles of one file, in order. `window` is the tenant's whole state
/// window before, `resources` what its handles name.
NaiveRun run_naive(const Program& program, std::string_view file, std::vector<u32> window,
                   const NaiveObserver& observer = {},
                   const std::vector<std::string>& resources = {});

}  // namespace vyre::oracle
