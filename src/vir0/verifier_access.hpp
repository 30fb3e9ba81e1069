#pragma once

#include "vir0/verifier_cost.hpp"

namespace vyre::vir0 {

struct AccessBounds {
  /// By instruction: all that it reaches for is there, whatever the input. For tables: inside the
  /// table; for windows: inside the declared range; for `v.load`, `emit` and `copy`: inside what
  /// can be read. What `emit` leaves to the neighbour, it still leaves out; its budget is not part.
  /// All copies of a tile together stay within kMaxTileOutput where they are proven.
  std::vector<bool> proven;
  u32 proven_accesses = 0;
  u32 checked_accesses = 0;
  /// Bytes that a tile copies to its output at most.
  u32 output = 0;
};

/// Errors: InvalidProgram at an access that is out of bounds in all lanes, whatever the input.
Result<AccessBounds> check_accesses(const Program& program, const Code& code,
                                    const std::vector<u64>& runs);

}  // namespace vyre::vir0
