#pragma once

#include "base/units.hpp"
#include "wire/platform.hpp"

namespace vyre::kernel {

/// One tile of a chunk. The maker guarantees offset + length + after <= chunk_length, before <=
/// offset, both at most kHaloBytes, length at most kTileBytes. `chunk` may be null where the chunk
/// is empty.
struct TileView {
  const u8* chunk;
  u32 chunk_length;
  /// Of the chunk's first byte, in the file.
  u64 file_offset;
  /// Of the tile's first byte, in the chunk.
  u32 offset;
  /// The tile's own bytes.
  u32 length;
  /// Bytes around them that programs may read too.
  u32 before;
  u32 after;

  VYRE_HOST_DEVICE const u8* bytes() const { return chunk + offset; }
  /// The first byte after the tile, in the chunk.
  VYRE_HOST_DEVICE u32 end() const { return offset + length; }
  /// Of the tile's first byte, in the file.
  VYRE_HOST_DEVICE u64 file_begin() const { return file_offset + offset; }
  /// All that can be read, from `before` bytes before the tile; at most 73728 bytes.
  VYRE_HOST_DEVICE const u8* readable_bytes() const { return chunk + (offset - before); }
  VYRE_HOST_DEVICE u32 readable() const { return before + length + after; }
  VYRE_HOST_DEVICE bool last_of_file() const { return after == 0; }
};

/// The tile that begins at `offset` of a chunk whose own part ends at `own_end`.
VYRE_HOST_DEVICE inline TileView make_tile(const u8* chunk, u32 chunk_length, u64 file_offset,
                                           u32 offset, u32 own_end) {
  const u32 length = own_end - offset < kTileBytes ? own_end - offset : kTileBytes;
  const u32 behind = chunk_length - offset - length;
  return {chunk,
          chunk_length,
          file_offset,
          offset,
          length,
          offset < kHaloBytes ? offset : kHaloBytes,
          behind < kHaloBytes ? behind : kHaloBytes};
}

/// Why and where a program stopped; code kNone where it did not.
struct ProgramFault {
  u32 code;
  u32 instruction;
};

}  // namespace vyre::kernel
