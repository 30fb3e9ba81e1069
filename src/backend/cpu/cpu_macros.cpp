#include "backend/cpu/cpu_macros.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace vyre::backend {
namespace {

/// Calls found(place) for each place of the literal, ascending. Its first and last byte together
/// are rare enough that comparing the rest costs little.
template <class Found>
void find_literal(const ByteRoutines& routines, const kernel::TileView& tile,
                  const kernel::Literal& literal, Found found) {
  constexpr u32 kBlockPlaces = 64;
  std::array<u64, 32> candidates;
  const u8* bytes = tile.bytes();
  const u32 places = kernel::literal_places(tile, literal);
  const u32 distance = literal.length - 1;
  u32 at = 0;
  while (places - at >= kBlockPlaces) {
    const u32 blocks = std::min(static_cast<u32>(candidates.size()), (places - at) / kBlockPlaces);
    routines.find_pairs(bytes + at, blocks, literal.bytes[0], literal.bytes[distance], distance,
                        candidates.data());
    for (u32 block = 0; block < blocks; ++block, at += kBlockPlaces) {
      for (u64 bits = candidates[block]; bits != 0; bits &= bits - 1) {
        const u32 place = at + static_cast<u32>(std::countr_zero(bits));
        if (kernel::literal_at(bytes + place, literal)) found(place);
      }
    }
  }
  for (; at < places; ++at) {
    if (kernel::literal_at(bytes + at, literal)) found(at);
  }
}

}  // namespace

u64 CpuMacros::count_byte(kernel::HostGroup group, const kernel::TileView& tile, u8 wanted,
                          u32* scratch) {
  if (routines_ == nullptr) return kernel::count_byte(group, tile, wanted, scratch);
  return routines_->count(tile.bytes(), tile.length, wanted);
}

void CpuMacros::class_bitmap(kernel::HostGroup group, const kernel::TileView& tile, const u8* set,
                             u64 start, u32* target) {
  if (routines_ == nullptr) return kernel::class_bitmap(group, tile, set, start, target);
  constexpr u32 kBytes = kernel::kBitmapLaneBytes;
  const u64 left = start < tile.length ? tile.length - start : 0;
  if (left == 0) {
    std::fill_n(target, kLanes, 0);
    return;
  }
  const u32 whole = static_cast<u32>(std::min<u64>(left / kBytes, kLanes));
  routines_->class_bits(tile.bytes() + start, whole, set, target);
  if (whole == kLanes) return;
  // Bytes beyond the tile are no members, whatever the set says.
  const u32 rest = static_cast<u32>(left % kBytes);
  u8 last[kBytes] = {};
  if (rest > 0) std::memcpy(last, tile.bytes() + start + whole * kBytes, rest);
  routines_->class_bits(last, 1, set, target + whole);
  target[whole] &= (u32{1} << rest) - 1;
  std::fill(target + whole + 1, target + kLanes, 0);
}

// Eight tables in turn: an increment waits for the last one of the same counter, and bytes repeat.
void CpuMacros::histogram(kernel::HostGroup, const kernel::TileView& tile, u64* words, u32*) {
  constexpr u32 kTables = 8;
  u32 tables[kTables][vir0::kHistogramWords] = {};
  const u8* bytes = tile.bytes();
  u32 at = 0;
  for (; at + kTables <= tile.length; at += kTables) {
    const u64 word = kernel::load_unaligned<u64>(bytes + at);
    for (u32 i = 0; i < kTables; ++i) ++tables[i][word >> (8 * i) & 0xFF];
  }
  for (; at < tile.length; ++at) ++tables[0][bytes[at]];
  for (const auto& table : tables) {
    for (u32 c = 0; c < vir0::kHistogramWords; ++c) words[c] += table[c];
  }
}

u64 CpuMacros::find_count(kernel::HostGroup group, const kernel::TileView& tile,
                          const kernel::Literal& literal, u32* scratch) {
  if (routines_ == nullptr) return kernel::find_count(group, tile, literal, scratch);
  u64 count = 0;
  find_literal(*routines_, tile, literal, [&count](u32) { ++count; });
  return count;
}

void CpuMacros::find_emit(kernel::HostGroup group, const kernel::TileView& tile,
                          const kernel::Literal& literal, u32 value, kernel::RecordSink& sink,
                          u32* scratch) {
  if (routines_ == nullptr) return kernel::find_emit(group, tile, literal, value, sink, scratch);
  find_literal(*routines_, tile, literal,
               [&](u32 place) { sink.push(tile.offset + place, value); });
}

u32 CpuMacros::crc32c_part(kernel::HostGroup group, const kernel::TileView& tile, u32* scratch) {
  if (routines_ == nullptr) return kernel::crc32c_part(group, tile, scratch);
  return routines_->crc32c_multiply(
      routines_->crc32c(tile.bytes(), tile.length),
      wire::crc32c_unshift(tile.file_begin() + tile.length, routines_->crc32c_multiply));
}

// Not a part of the chunk runners: for their levels, gcc makes one vector of the four accumulators,
// whose multiplications are slower than four of 64 bits.
u64 CpuMacros::xxh64(kernel::HostGroup group, const kernel::TileView& tile, u64* accumulators,
                     u32* scratch) {
  return kernel::xxh64_tile(group, tile, accumulators, scratch);
}

}  // namespace vyre::backend
