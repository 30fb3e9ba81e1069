#pragma once

#include "base/units.hpp"
#include "wire/platform.hpp"

// How a file is cut into chunks. Chunk k owns [k * own, (k + 1) * own) and is read with kHaloBytes
// more on both sides (none before the file's start). Every chunk but the last is read whole; the
// last one is the first whose read meets the end of the file, and owns all it read beyond its front
// halo, up to kHaloBytes more than the others: so the end is found by reading, never assumed. Since
// each chunk but the last has a whole halo behind its own part, a file's last chunk, if it is not
// its first, owns kHaloBytes at least.
namespace vyre::ingest {

/// Where one chunk lies.
struct ChunkRange {
  u64 file_offset;
  u32 length;
  /// Bytes before the chunk's own.
  u32 front_halo;
};

/// Slots from here on hold a tile and its halos.
inline constexpr u32 kTileSlotBytes = kTileBytes + 2 * kHaloBytes;

/// Bytes that a chunk in the file's middle owns: whole tiles, so that they lie alike in the file
/// however it is cut; in slots too small for that, all but the halos.
constexpr u32 own_bytes(u32 slot_bytes) {
  const u32 most = slot_bytes - 2 * kHaloBytes;
  return slot_bytes < kTileSlotBytes ? most : most / kTileBytes * kTileBytes;
}

/// Tiles that a chunk can have at most: a file that lies whole in its slot, or a stream's last
/// chunk.
constexpr u32 most_tiles(u32 slot_bytes) { return slot_bytes / kTileBytes + 1; }

/// The read of chunk `number`.
constexpr ChunkRange chunk_range(u32 slot_bytes, u64 number) {
  const u32 front = number == 0 ? 0 : kHaloBytes;
  return {.file_offset = number * own_bytes(slot_bytes) - front,
          .length = front + own_bytes(slot_bytes) + kHaloBytes,
          .front_halo = front};
}

/// Chunks after which a file of `size` bytes ends: the last one's range reaches beyond the end.
constexpr u64 planned_chunks(u32 slot_bytes, u64 size) {
  return size < kHaloBytes ? 1 : (size - kHaloBytes) / own_bytes(slot_bytes) + 1;
}

}  // namespace vyre::ingest
