#pragma once

#include "kernel/group.hpp"
#include "kernel/records.hpp"
#include "kernel/registers.hpp"
#include "kernel/tile.hpp"
#include "vir0/isa.hpp"

namespace vyre::kernel {

/// Emits {chunk offset, value} for each lane of the mask, in lane order; bytes that the chunk does
/// not own are dropped, since a neighbour emits them. False where a lane lies outside the tile.
template <class Group>
VYRE_HOST_DEVICE bool emit_records(Group group, vir0::Instruction i, const TileView& tile,
                                   Registers& r, RecordSink& sink) {
  const u32* offsets = r.vectors[i.a];
  const u32* values = r.vectors[i.dst];
  const u32* mask = r.masks[i.b];
  bool outside = false;
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    outside |= mask[lane] != 0 && offsets[lane] >= tile.length;
  }
  if (group.any(outside)) return false;
  if (!group.leader()) return true;
  for (u32 lane = 0; lane < kLanes; ++lane) {
    const u32 position = tile.offset + offsets[lane];
    if (mask[lane] != 0 && position >= tile.own_begin && position < tile.own_end) {
      sink.push(position, values[lane]);
    }
  }
  return true;
}

/// Counts a byte in the tile's own bytes.
template <class Group>
VYRE_HOST_DEVICE void count_byte(Group group, vir0::Instruction i, const TileView& tile,
                                 Registers& r) {
  const u8 wanted = static_cast<u8>(i.immediate);
  const u32 first = tile.own_first();
  const u32 last = tile.own_last();
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    const u32 share = tile.offset + lane * kLaneBytes;
    const u32 begin = share > first ? share : first;
    const u32 end = share + kLaneBytes < last ? share + kLaneBytes : last;
    u32 count = 0;
    for (u32 at = begin; at < end; ++at) count += tile.chunk[at] == wanted ? 1 : 0;
    r.counts[lane] = count;
  }
  group.sync();
  if (!group.leader()) return;
  u64 sum = 0;
  for (u32 lane = 0; lane < kLanes; ++lane) sum += r.counts[lane];
  r.scalars[i.dst] = sum;
}

}  // namespace vyre::kernel
