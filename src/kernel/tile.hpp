#pragma once

#include "base/units.hpp"
#include "wire/platform.hpp"

namespace vyre::kernel {

/// One tile of a chunk. Offsets are in bytes of the chunk; the caller guarantees
/// offset + length <= chunk_length and own_begin <= own_end <= chunk_length < 2^32.
struct TileView {
  const u8* chunk;
  u32 chunk_length;
  u32 own_begin;
  u32 own_end;
  u64 file_offset;
  u32 offset;
  u32 length;

  /// The tile's own bytes: [own_first(), own_last()), empty where first >= last.
  VYRE_HOST_DEVICE u32 own_first() const { return offset > own_begin ? offset : own_begin; }
  VYRE_HOST_DEVICE u32 own_last() const {
    return offset + length < own_end ? offset + length : own_end;
  }
};

/// Why and where a program stopped; code kNone where it did not.
struct ProgramFault {
  u32 code;
  u32 instruction;
};

}  // namespace vyre::kernel
