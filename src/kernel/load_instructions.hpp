#pragma once

#include "kernel/bits.hpp"
#include "kernel/tile_run.hpp"

namespace vyre::kernel {

/// True where a lane of the mask names place `index[lane] + first` at or beyond `places`.
template <class Group>
VYRE_HOST_DEVICE bool any_beyond(Group group, const u32* mask, const u32* index, u32 first,
                                 u32 places) {
  const u32 end = group.end_lane();
  u32 beyond = 0;
  VYRE_LANES_INDEPENDENT
  for (u32 lane = group.first_lane(); lane < end; ++lane) {
    beyond |= mask[lane] & (index[lane] + first >= places ? kLaneSet : 0);
  }
  return group.any(beyond != 0);
}

/// How many Words can be read from `bytes` bytes, one beginning at each byte.
template <class Word>
VYRE_HOST_DEVICE constexpr u32 word_places(u32 bytes) {
  return bytes >= sizeof(Word) ? bytes - static_cast<u32>(sizeof(Word)) + 1 : 0;
}

/// target[lane] = the Word that begins at bytes[scale * place(lane)]. On the host the places are
/// computed first, by SIMD, since the loads cannot be.
template <class Word, class Group, class Place>
VYRE_HOST_DEVICE void gather(Group group, const u8* bytes, u64 scale, u32* target, Place place) {
  if constexpr (Group::kSequential) {
    alignas(64) u32 places[kLanes];
    u32* const first = places;
    each_lane(group, [=](u32 lane) { first[lane] = place(lane); });
    for (u32 lane = 0; lane < kLanes; ++lane) {
      target[lane] = load_unaligned<Word>(bytes + places[lane] * scale);
    }
  } else {
    const u32 lane = group.thread();
    target[lane] = load_unaligned<Word>(bytes + place(lane) * scale);
  }
}

// An offset counts from `before` bytes after the first readable one; as signed numbers modulo 2^32,
// so that one comparison finds both those too low and those too high.
template <class Word, class Run>
VYRE_HOST_DEVICE u32 load_tile(Run& run, vir0::Instruction i) {
  u32* target = run.registers.vectors[target_index(i)];
  const u32* offsets = run.registers.vectors[i.a];
  const u32* mask = run.registers.masks[i.b];
  const u32 before = run.tile.before;
  const u32 places = word_places<Word>(run.tile.readable());
  if (!is_proven(i) && any_beyond(run.group, mask, offsets, before, places)) {
    return fault_of(wire::FaultCode::kTileOutOfRange);
  }
  if (places == 0) {
    each_lane(run.group, [=](u32 lane) { target[lane] = 0; });
    return kGoOn;
  }
  // Lanes outside the mask read the first place, to no effect.
  gather<Word>(run.group, run.tile.readable_bytes(), 1, target,
               [=](u32 lane) { return (offsets[lane] + before) & mask[lane]; });
  each_lane(run.group, [=](u32 lane) { target[lane] &= mask[lane]; });
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_load(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kLoadU8) return load_tile<u8>(run, i);
  if constexpr (kOp == Op::kLoadU16) return load_tile<u16>(run, i);
  if constexpr (kOp == Op::kLoadU32) return load_tile<u32>(run, i);
}

/// The Word at place `at` of the readable bytes; bytes beyond them are 0.
template <class Word>
VYRE_HOST_DEVICE u32 load_partial(const u8* bytes, u64 at, u64 readable) {
  u32 value = 0;
  for (u32 i = 0; i < sizeof(Word); ++i) {
    if (at + i < readable) value |= static_cast<u32>(bytes[at + i]) << (8 * i);
  }
  return value;
}

/// Programs read block after block, each of them after the work on the one before: too slowly for
/// the processor to read ahead by itself. A request beyond the bytes does no harm.
template <class Group>
VYRE_HOST_DEVICE void request_block(const u8* block, u32 size) {
  if constexpr (Group::kSequential) {
    constexpr u32 kCacheLine = 64;
    constexpr u32 kAhead = 2048;
    for (u32 at = 0; at < size; at += kCacheLine) __builtin_prefetch(block + kAhead + at);
  }
}

// The same as in load_tile modulo 2^64: a sum that wraps belongs to an offset below 0.
template <class Word, class Run>
VYRE_HOST_DEVICE u32 load_block(Run& run, vir0::Instruction i) {
  constexpr u64 kBytes = sizeof(Word) * kLanes;
  u32* target = run.registers.vectors[target_index(i)];
  const u64 first = run.scalars[i.a] + run.tile.before;
  const u64 readable = run.tile.readable();
  const u8* bytes = run.tile.readable_bytes();
  if (first <= readable && kBytes <= readable - first) {
    const u8* block = bytes + first;
    request_block<typename Run::Group>(block, kBytes);
    each_lane(run.group,
              [=](u32 lane) { target[lane] = load_unaligned<Word>(block + lane * sizeof(Word)); });
  } else {
    each_lane(run.group, [=](u32 lane) {
      target[lane] = load_partial<Word>(bytes, first + lane * sizeof(Word), readable);
    });
  }
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_block(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kBlockU8) return load_block<u8>(run, i);
  if constexpr (kOp == Op::kBlockU16) return load_block<u16>(run, i);
  if constexpr (kOp == Op::kBlockU32) return load_block<u32>(run, i);
}

template <class Word, class Run>
VYRE_HOST_DEVICE u32 load_table(Run& run, vir0::Instruction i) {
  u32* target = run.registers.vectors[target_index(i)];
  const u32* index = run.registers.vectors[i.a];
  const u32* mask = run.registers.masks[i.b];
  const TableView& table = run.program.tables[i.immediate];
  const u32 elements = table.size / static_cast<u32>(sizeof(Word));
  if (!is_proven(i) && any_beyond(run.group, mask, index, 0, elements)) {
    return fault_of(wire::FaultCode::kTableOutOfRange);
  }
  if (elements == 0) {
    each_lane(run.group, [=](u32 lane) { target[lane] = 0; });
    return kGoOn;
  }
  gather<Word>(run.group, table.bytes, sizeof(Word), target,
               [=](u32 lane) { return index[lane] & mask[lane]; });
  each_lane(run.group, [=](u32 lane) { target[lane] &= mask[lane]; });
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_table(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kTableU8) return load_table<u8>(run, i);
  if constexpr (kOp == Op::kTableU16) return load_table<u16>(run, i);
  if constexpr (kOp == Op::kTableU32) return load_table<u32>(run, i);
}

}  // namespace vyre::kernel
