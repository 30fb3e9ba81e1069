#pragma once

#include "base/units.hpp"
#include "wire/platform.hpp"

// How a file is cut into chunks. Chunk k owns [k * own, (k + 1) * own) and is read with kHaloBytes
// more on both sides (none before the file's start). Every chunk but the last fills its slot's
// range; the last one is the first whose read meets the end of the file, and owns all it read
// beyond its front halo: so the end is found by reading, never assumed.
namespace vyre::ingest {

/// Where one chunk lies.
struct ChunkRange {
  u64 file_offset;
  u32 length;
  /// Bytes before the chunk's own.
  u32 front_halo;
};

/// Bytes that a chunk in the file's middle owns.
constexpr u32 own_bytes(u32 slot_bytes) { return slot_bytes - 2 * kHaloBytes; }

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
