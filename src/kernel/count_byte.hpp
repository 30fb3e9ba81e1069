#pragma once

#include "kernel/tile.hpp"

namespace vyre::kernel {

/// How many of the tile's bytes equal `wanted`. Every thread of the group calls it and gets it.
template <class Group>
VYRE_HOST_DEVICE u64 count_byte(Group group, const TileView& tile, u8 wanted, u32* scratch) {
  const u8* bytes = tile.bytes();
  u32 count = 0;
  for (u32 at = group.thread(); at < tile.length; at += Group::kThreads) {
    count += bytes[at] == wanted ? 1 : 0;
  }
  return group.sum(count, scratch);
}

}  // namespace vyre::kernel
