#pragma once

#include <algorithm>
#include <limits>
#include <optional>

#include "base/units.hpp"
#include "wire/platform.hpp"

// How a file is cut into chunks. Chunk k owns [k * own, (k + 1) * own) and is read with kHaloBytes
// more on both sides (none before the file's start). Every chunk but the last is read whole; the
// last one is the first whose read meets the end of the file, and owns all it read beyond its front
// halo, up to kHaloBytes more than the others: so the end is found by reading, never assumed. Since
// each chunk but the last has a whole halo behind its own part, a file's last chunk, if it is not
// its first, owns kHaloBytes at least. A part of a file is cut alike, counted from its beginning;
// where its end is given, its last chunk ends there.
namespace vyre::ingest {

/// What is streamed of a file: by default all of it.
struct PartRange {
  /// The offset of its first byte; a multiple of own_bytes() of the slots.
  u64 begin = 0;
  /// Where it ends, such a multiple too, behind `begin`; absent for what ends with the file,
  /// whatever its size is by then. Else the file has a whole halo behind it, or became shorter.
  std::optional<u64> end = std::nullopt;
};

/// Where one chunk lies.
struct ChunkRange {
  u64 file_offset;
  u32 length;
  /// Bytes before the chunk's own.
  u32 front_halo;
  /// The chunk's own bytes, where the file does not end in it.
  u32 own;
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

/// The read of chunk `number`, which begins before the part's end.
constexpr ChunkRange chunk_range(u32 slot_bytes, u64 number, const PartRange& part = {}) {
  const u64 begin = part.begin + number * own_bytes(slot_bytes);
  const u64 left = part.end.value_or(std::numeric_limits<u64>::max()) - begin;
  const u32 own = static_cast<u32>(std::min<u64>(own_bytes(slot_bytes), left));
  const u32 front = begin == 0 ? 0 : kHaloBytes;
  return {.file_offset = begin - front,
          .length = front + own + kHaloBytes,
          .front_halo = front,
          .own = own};
}

/// Chunks after which a file of `size` bytes ends, or its part does: of one that ends with the file
/// the last one's range reaches beyond the end.
constexpr u64 planned_chunks(u32 slot_bytes, u64 size, const PartRange& part = {}) {
  const u64 own = own_bytes(slot_bytes);
  if (part.end) return (*part.end - part.begin - 1) / own + 1;
  const u64 bytes = std::max(size, part.begin) - part.begin;
  return bytes < kHaloBytes ? 1 : (bytes - kHaloBytes) / own + 1;
}

}  // namespace vyre::ingest
