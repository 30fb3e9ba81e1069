#pragma once

#include <algorithm>
#include <vector>

#include "base/units.hpp"
#include "ingest/slot.hpp"
#include "wire/platform.hpp"

namespace vyre::test {

/// What a program is told of a tile: where it lies in the file, and the bytes that it reaches
/// around it.
struct Tile {
  u64 begin;
  u32 length;
  u32 before;
  u32 after;
  friend auto operator<=>(const Tile&, const Tile&) = default;
};

/// As the language defines them, from the size alone.
inline std::vector<Tile> tiles_of_file(u64 size) {
  std::vector<Tile> tiles;
  u64 begin = 0;
  do {
    const u64 end = std::min(size, begin + kTileBytes);
    tiles.push_back({begin, static_cast<u32>(end - begin),
                     static_cast<u32>(std::min<u64>(kHaloBytes, begin)),
                     static_cast<u32>(std::min<u64>(kHaloBytes, size - end))});
    begin = end;
  } while (begin < size);
  return tiles;
}

/// As the kernel cuts a chunk.
inline void append_tiles(std::vector<Tile>& tiles, const ingest::SlotChunk& chunk) {
  u32 begin = chunk.own_begin;
  do {
    const u32 end = std::min(chunk.own_end, begin + kTileBytes);
    tiles.push_back({chunk.file_offset + begin, end - begin, std::min(kHaloBytes, begin),
                     std::min(kHaloBytes, chunk.length - end)});
    begin = end;
  } while (begin < chunk.own_end);
}

}  // namespace vyre::test
