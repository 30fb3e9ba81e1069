#pragma once

#include "kernel/registers.hpp"
#include "kernel/tile.hpp"
#include "wire/atomics.hpp"

namespace vyre::kernel {

/// Adds to words[c] how many of the tile's bytes equal c. The group shares `words` (256 of them)
/// and `scratch`.
template <class Group>
VYRE_HOST_DEVICE void histogram(Group group, const TileView& tile, u64* words, u32* scratch) {
  static_assert(kScratchWords >= vir0::kHistogramWords);
  const u8* bytes = tile.bytes();
  if constexpr (Group::kSequential) {
    for (u32 at = 0; at < tile.length; ++at) ++words[bytes[at]];
  } else {
    group.sync();
    for (u32 c = group.thread(); c < vir0::kHistogramWords; c += Group::kThreads) scratch[c] = 0;
    group.sync();
    for (u32 at = group.thread(); at < tile.length; at += Group::kThreads) {
      wire::relaxed_add(scratch + bytes[at], 1);
    }
    group.sync();
    for (u32 c = group.thread(); c < vir0::kHistogramWords; c += Group::kThreads) {
      words[c] += scratch[c];
    }
    group.sync();
  }
}

}  // namespace vyre::kernel
