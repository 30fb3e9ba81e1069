#pragma once

#include "runtime/ring_loop.hpp"
#include "runtime/sizing.hpp"
#include "vyre/program.hpp"
#include "vyre/session.hpp"

namespace vyre::runtime {

/// What a stream must know of its program.
struct ProgramNeeds {
  TileOrder order = TileOrder::kAny;
  std::uint64_t records_per_tile = 0;
  std::uint64_t output_per_tile = 0;
  std::uint32_t io_bytes = 0;
  /// Its chunks know nothing of each other, and all that it has are result words.
  bool adds_up = false;
  /// It leaves something behind in its windows.
  bool writes_windows = false;
  /// Why files cannot share a slot ("results", ...); empty where they can.
  std::string_view separate_for;
};

ProgramNeeds needs_of(const VerifiedProgram& program);

/// How a session's rings run one stream.
struct StreamPlan {
  ingest::Placement placement = ingest::Placement::kPacked;
  bool one_ring = false;
  OutcomeRoom room;
  /// Whole chunks, as SharedFeed takes them; 0: files come whole.
  std::uint64_t part_bytes = 0;
};

/// Errors: InvalidArgument where the program cannot run on packed files, or the slots are too small
/// for separate ones. `part_bytes`: not 0 where rings may stream parts of one file.
Result<StreamPlan> plan_stream(const ProgramNeeds& program, FilePlacement placement,
                               std::uint64_t part_bytes, const Sizing& sizing);

}  // namespace vyre::runtime
