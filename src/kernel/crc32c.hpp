#pragma once

#include "kernel/tile.hpp"
#include "wire/crc32c_field.hpp"

namespace vyre::kernel {

struct Crc32cTable {
  u32 values[256];
};

VYRE_HOST_DEVICE constexpr Crc32cTable make_crc32c_table() {
  Crc32cTable table{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 value = byte;
    for (int bit = 0; bit < 8; ++bit) value = wire::crc32c_times_x(value);
    table.values[byte] = value;
  }
  return table;
}

/// The remainder of the bytes: a register that starts at 0, nothing inverted.
VYRE_HOST_DEVICE inline u32 crc32c_remainder(const u8* bytes, u32 length) {
  static constexpr Crc32cTable kTable = make_crc32c_table();
  u32 value = 0;
  for (u32 at = 0; at < length; ++at) {
    value = (value >> 8) ^ kTable.values[(value ^ bytes[at]) & 0xFF];
  }
  return value;
}

/// The tile's part of its file's CRC-32C. Each thread takes a contiguous share and moves its
/// remainder to the file's begin by the inverse power of x that belongs to the share's end.
template <class Group>
VYRE_HOST_DEVICE u32 crc32c_part(Group group, const TileView& tile, u32* scratch) {
  constexpr u32 kShare = kTileBytes / Group::kThreads;
  const u32 begin = group.thread() * kShare;
  u32 part = 0;
  if (begin < tile.length) {
    const u32 end = tile.length - begin < kShare ? tile.length : begin + kShare;
    part = wire::crc32c_multiply(crc32c_remainder(tile.bytes() + begin, end - begin),
                                 wire::crc32c_unshift(tile.file_begin() + end));
  }
  return group.exclusive_or(part, scratch);
}

}  // namespace vyre::kernel
