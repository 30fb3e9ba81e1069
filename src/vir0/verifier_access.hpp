#pragma once

#include "vir0/verifier_cost.hpp"

namespace vyre::vir0 {

struct AccessBounds {
  /// By instruction: all bytes, elements or words that it reaches for are there, whatever the
  /// input: for tables, inside the table; for windows, inside the declared range; for `v.load` and
  /// `emit`, inside the tile itself, so that `emit` leaves no lane out; for `copy`, inside the
  /// tile, and all copies of a tile together stay within kMaxTileOutput. The emit budget is not
  /// part.
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
