#pragma once

#include <map>
#include <span>
#include <string_view>

#include "tests/simulation/protocol_check.hpp"
#include "vyre/program.hpp"

namespace vyre::simulation {

/// What the simulated programs do. All are simple enough that their outcomes are computed here
/// again, byte by byte.
enum class ProgramKind : u8 {
  kHalt,     ///< Nothing.
  kCount,    ///< Counts a byte.
  kEmit,     ///< A record for each place of a byte.
  kFaulty,   ///< Counts, but faults in tiles that begin with one of a few bytes, after a record.
  kCarried,  ///< Sums (number of the tile in its file) * (its first byte), by a carry.
  kSerial,   ///< The same over all files, by a window.
  kLoading,  ///< Two loads, at the offset and of the resource that the tile's offset says.
};
/// Those that loops run.
inline constexpr u32 kProgramKinds = 6;

std::string_view name_of(ProgramKind kind);
VerifiedProgram make_program(ProgramKind kind);
/// Files have to be apart for it.
bool needs_separate_files(ProgramKind kind);

/// What the run over one chunk leaves; `number`: of the chunk's first tile, from 1, for kCarried
/// and kSerial, else 0, and then these have no result.
ExpectedOutcome expect_outcome(ProgramKind kind, std::span<const u8> chunk, u32 own_begin,
                               u32 own_end, u32 record_capacity, u64 number);
/// Tiles that a chunk has.
u64 tiles_of(u32 length, u32 own_begin, u32 own_end);

/// Programs by opcode.
class KnownPrograms final : public OutcomeOracle {
 public:
  void add(u32 opcode, ProgramKind kind) { kinds_[opcode] = kind; }
  ExpectedOutcome expect(u32 opcode, std::span<const u8> chunk, u32 own_begin, u32 own_end,
                         u32 record_capacity) const override;

 private:
  std::map<u32, ProgramKind> kinds_;
};

}  // namespace vyre::simulation
