#pragma once

#include "kernel/group.hpp"
#include "kernel/records.hpp"
#include "kernel/tile.hpp"

namespace vyre::kernel {

/// 1..256 bytes.
struct Literal {
  const u8* bytes;
  u32 length;
};

/// Places where the literal may begin: positions of the tile from which it lies wholly in what can
/// be read.
VYRE_HOST_DEVICE inline u32 literal_places(const TileView& tile, const Literal& literal) {
  const u32 readable = tile.length + tile.after;
  if (readable < literal.length) return 0;
  const u32 places = readable - literal.length + 1;
  return places < tile.length ? places : tile.length;
}

VYRE_HOST_DEVICE inline bool literal_at(const u8* bytes, const Literal& literal) {
  for (u32 i = 0; i < literal.length; ++i) {
    if (bytes[i] != literal.bytes[i]) return false;
  }
  return true;
}

template <class Group>
VYRE_HOST_DEVICE u64 find_count(Group group, const TileView& tile, const Literal& literal,
                                u32* scratch) {
  const u32 places = literal_places(tile, literal);
  u32 count = 0;
  for (u32 at = group.thread(); at < places; at += Group::kThreads) {
    count += literal_at(tile.bytes() + at, literal) ? 1 : 0;
  }
  return group.sum(count, scratch);
}

/// Pushes {chunk offset of its first byte, value} for each occurrence.
template <class Group>
VYRE_HOST_DEVICE void find_emit(Group group, const TileView& tile, const Literal& literal,
                                u32 value, RecordSink& sink, u32* scratch) {
  const u32 places = literal_places(tile, literal);
  for (u32 from = 0; from < places; from += Group::kThreads) {
    const u32 at = from + group.thread();
    const bool found = at < places && literal_at(tile.bytes() + at, literal);
    group.push(sink, found, {tile.offset + at, value}, scratch);
  }
}

}  // namespace vyre::kernel
