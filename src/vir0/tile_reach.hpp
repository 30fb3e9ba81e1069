#pragma once

#include "vyre/program.hpp"
#include "wire/platform.hpp"

namespace vyre::vir0 {

/// Bytes of the file that a program may look at beside a tile's own, at most kHaloBytes each. What
/// lies farther need not be brought to where the program runs.
struct TileReach {
  u32 before = 0;
  u32 after = 0;
};

/// Of a verified program. Rounded up to whole 64 bytes and one more, so that routines may read
/// whole words around what they need.
TileReach tile_reach(const Program& program);

}  // namespace vyre::vir0
