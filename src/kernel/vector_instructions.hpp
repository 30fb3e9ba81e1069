#pragma once

#include "kernel/bits.hpp"
#include "kernel/tile_run.hpp"

namespace vyre::kernel {

/// One lane's value; `b` is the second register's lane or the immediate.
template <vir0::Op kOp, class Group>
VYRE_HOST_DEVICE u32 vector_value(u32 a, u32 b) {
  using vir0::Op;
  if constexpr (kOp == Op::kVectorConst) return b;
  if constexpr (kOp == Op::kVectorMove) return a;
  if constexpr (kOp == Op::kVectorAdd || kOp == Op::kVectorAddImmediate) return a + b;
  if constexpr (kOp == Op::kVectorSub) return a - b;
  if constexpr (kOp == Op::kVectorMul || kOp == Op::kVectorMulImmediate) return a * b;
  if constexpr (kOp == Op::kVectorAnd || kOp == Op::kVectorAndImmediate) return a & b;
  if constexpr (kOp == Op::kVectorOr) return a | b;
  if constexpr (kOp == Op::kVectorXor || kOp == Op::kVectorXorImmediate) return a ^ b;
  if constexpr (kOp == Op::kVectorShl || kOp == Op::kVectorShlImmediate) {
    return b < 32 ? a << (b & 31) : 0;
  }
  if constexpr (kOp == Op::kVectorShr || kOp == Op::kVectorShrImmediate) {
    return b < 32 ? a >> (b & 31) : 0;
  }
  if constexpr (kOp == Op::kVectorRotl) return a << (b & 31) | a >> ((32 - (b & 31)) & 31);
  if constexpr (kOp == Op::kVectorMin) return a < b ? a : b;
  if constexpr (kOp == Op::kVectorMax) return a > b ? a : b;
  if constexpr (kOp == Op::kVectorPopcount) return count_bits<Group::kCountsBits>(a);
  if constexpr (kOp == Op::kVectorClz) return leading_zeros<Group::kCountsBits>(a);
  if constexpr (kOp == Op::kVectorCtz) return trailing_zeros<Group::kCountsBits>(a);
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_vector(Run& run, vir0::Instruction i) {
  using vir0::Op;
  using Group = typename Run::Group;
  u32* target = run.registers.vectors[i.dst];
  const u32* a = run.registers.vectors[i.a];
  const u32* b = run.registers.vectors[i.b];
  if constexpr (kOp == Op::kVectorLane) {
    each_lane(run.group, [=](u32 lane) { target[lane] = lane; });
  } else if constexpr (kOp == Op::kVectorSplat) {
    const u32 value = static_cast<u32>(run.scalars[i.a]);
    each_lane(run.group, [=](u32 lane) { target[lane] = value; });
  } else if constexpr (kOp == Op::kVectorSelect) {
    const u32* mask = run.registers.masks[i.immediate];
    each_lane(run.group,
              [=](u32 lane) { target[lane] = (a[lane] & mask[lane]) | (b[lane] & ~mask[lane]); });
  } else if constexpr (second_is_register(kOp)) {
    each_lane(run.group,
              [=](u32 lane) { target[lane] = vector_value<kOp, Group>(a[lane], b[lane]); });
  } else {
    const u32 second = i.immediate;
    each_lane(run.group,
              [=](u32 lane) { target[lane] = vector_value<kOp, Group>(a[lane], second); });
  }
  return kGoOn;
}

}  // namespace vyre::kernel
