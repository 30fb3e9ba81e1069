#pragma once

#include "kernel/group.hpp"
#include "kernel/registers.hpp"
#include "kernel/tile.hpp"
#include "vir0/isa.hpp"

namespace vyre::kernel {

/// target[lane] = function(a[lane], b[lane]). Registers may be the same one.
template <class Group, class Function>
VYRE_HOST_DEVICE void each_lane(Group group, u32* target, const u32* a, const u32* b,
                                Function function) {
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    target[lane] = function(a[lane], b[lane]);
  }
}

template <class Group>
VYRE_HOST_DEVICE void vector_operation(Group group, vir0::Op op, u32* target, const u32* a,
                                       const u32* b) {
  using vir0::Op;
  switch (op) {
    case Op::kVectorAdd:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return x + y; });
    case Op::kVectorSub:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return x - y; });
    case Op::kVectorAnd:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return x & y; });
    case Op::kVectorOr:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return x | y; });
    case Op::kVectorXor:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return x ^ y; });
    case Op::kVectorShl:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return y < 32 ? x << y : 0; });
    default:
      return each_lane(group, target, a, b, [](u32 x, u32 y) { return y < 32 ? x >> y : 0; });
  }
}

/// False where a lane of the mask lies outside the tile; then nothing is loaded.
template <class Group>
VYRE_HOST_DEVICE bool load_u8(Group group, const TileView& tile, u32* target, const u32* offsets,
                              const u32* mask) {
  bool outside = false;
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    outside |= mask[lane] != 0 && offsets[lane] >= tile.length;
  }
  if (group.any(outside)) return false;
  const u8* bytes = tile.chunk + tile.offset;
  for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) {
    target[lane] = mask[lane] != 0 ? bytes[offsets[lane]] : 0;
  }
  return true;
}

/// Opcodes 0x10..0x1A; false for a load outside the tile.
template <class Group>
VYRE_HOST_DEVICE bool run_vector(Group group, vir0::Instruction i, const TileView& tile,
                                 Registers& r) {
  using vir0::Op;
  u32* target = r.vectors[i.dst];
  switch (i.op) {
    case Op::kVectorLane:
      for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) target[lane] = lane;
      return true;
    case Op::kVectorSplat:
    case Op::kVectorConst: {
      const u32 value = i.op == Op::kVectorConst ? i.immediate : static_cast<u32>(r.scalars[i.a]);
      for (u32 lane = group.first_lane(); lane < group.end_lane(); ++lane) target[lane] = value;
      return true;
    }
    case Op::kVectorLoadU8:
      return load_u8(group, tile, target, r.vectors[i.a], r.masks[i.b]);
    default:
      vector_operation(group, i.op, target, r.vectors[i.a], r.vectors[i.b]);
      return true;
  }
}

/// Opcodes 0x20..0x29.
template <class Group>
VYRE_HOST_DEVICE void run_mask(Group group, vir0::Instruction i, Registers& r) {
  using vir0::Op;
  switch (i.op) {
    case Op::kMaskEq:
      return each_lane(group, r.masks[i.dst], r.vectors[i.a], r.vectors[i.b],
                       [](u32 x, u32 y) { return x == y ? kLaneSet : 0; });
    case Op::kMaskLt:
      return each_lane(group, r.masks[i.dst], r.vectors[i.a], r.vectors[i.b],
                       [](u32 x, u32 y) { return x < y ? kLaneSet : 0; });
    case Op::kMaskAnd:
      return each_lane(group, r.masks[i.dst], r.masks[i.a], r.masks[i.b],
                       [](u32 x, u32 y) { return x & y; });
    case Op::kMaskOr:
      return each_lane(group, r.masks[i.dst], r.masks[i.a], r.masks[i.b],
                       [](u32 x, u32 y) { return x | y; });
    case Op::kMaskNot:
      return each_lane(group, r.masks[i.dst], r.masks[i.a], r.masks[i.a],
                       [](u32 x, u32) { return ~x; });
    default: {
      if (!group.leader()) return;
      u64 sum = 0;
      if (i.op == Op::kMaskCount) {
        for (u32 lane = 0; lane < kLanes; ++lane) sum += r.masks[i.a][lane] & 1;
      } else {
        for (u32 lane = 0; lane < kLanes; ++lane) sum += r.vectors[i.a][lane];
      }
      r.scalars[i.dst] = sum;
      return;
    }
  }
}

}  // namespace vyre::kernel
