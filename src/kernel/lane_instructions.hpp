#pragma once

#include "kernel/tile_run.hpp"

// Instructions across lanes. Any operand may be the target.
namespace vyre::kernel {

template <vir0::Op kOp>
VYRE_HOST_DEVICE u32 lanes_combined(u32 a, u32 b) {
  using vir0::Op;
  if constexpr (kOp == Op::kVectorScanAdd || kOp == Op::kVectorScanAddExclusive) return a + b;
  if constexpr (kOp == Op::kVectorScanMax || kOp == Op::kVectorReduceMax) return a > b ? a : b;
  if constexpr (kOp == Op::kVectorReduceMin) return a < b ? a : b;
  if constexpr (kOp == Op::kVectorReduceOr) return a | b;
}

template <class Run>
VYRE_HOST_DEVICE void shuffle(Run& run, u32* target, const u32* a, const u32* b) {
  if constexpr (Run::Group::kSequential) {
    u32 values[kLanes];
    for (u32 lane = 0; lane < kLanes; ++lane) values[lane] = a[b[lane] % kLanes];
    for (u32 lane = 0; lane < kLanes; ++lane) target[lane] = values[lane];
  } else {
    const u32 lane = run.group.thread();
    run.group.sync();
    const u32 value = a[b[lane] % kLanes];
    run.group.sync();
    target[lane] = value;
  }
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE void scan(Run& run, u32* target, const u32* a) {
  constexpr bool kExclusive = kOp == vir0::Op::kVectorScanAddExclusive;
  if constexpr (Run::Group::kSequential) {
    u32 all = 0;
    for (u32 lane = 0; lane < kLanes; ++lane) {
      const u32 through = lanes_combined<kOp>(all, a[lane]);
      target[lane] = kExclusive ? all : through;
      all = through;
    }
  } else {
    const u32 lane = run.group.thread();
    const u32 own = a[lane];
    const u32 through = run.group.scan(own, 0, run.registers.scratch,
                                       [](u32 x, u32 y) { return lanes_combined<kOp>(x, y); });
    target[lane] = kExclusive ? through - own : through;
  }
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 reduce(Run& run, const u32* a) {
  if constexpr (Run::Group::kSequential) {
    u32 all = a[0];
    for (u32 lane = 1; lane < kLanes; ++lane) all = lanes_combined<kOp>(all, a[lane]);
    return all;
  } else {
    return run.group.reduce(a[run.group.thread()], run.registers.scratch,
                            [](u32 x, u32 y) { return lanes_combined<kOp>(x, y); });
  }
}

template <class Run>
VYRE_HOST_DEVICE u64 sum_of_lanes(Run& run, const u32* a) {
  u64 own = 0;
  for (u32 lane = run.group.first_lane(); lane < run.group.end_lane(); ++lane) own += a[lane];
  return run.group.sum(own, run.registers.scratch);
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_lanes(Run& run, vir0::Instruction i) {
  using vir0::Op;
  const u32* a = run.registers.vectors[i.a];
  if constexpr (kOp == Op::kVectorShuffle) {
    shuffle(run, run.registers.vectors[i.dst], a, run.registers.vectors[i.b]);
  } else if constexpr (kOp == Op::kVectorExtract) {
    run.group.sync();
    run.scalars[i.dst] = a[run.scalars[i.b] % kLanes];
    run.group.sync();
  } else if constexpr (kOp == Op::kVectorReduceAdd) {
    run.scalars[i.dst] = sum_of_lanes(run, a);
  } else if constexpr (kOp >= Op::kVectorReduceMin && kOp <= Op::kVectorReduceOr) {
    run.scalars[i.dst] = reduce<kOp>(run, a);
  } else {
    static_assert(kOp >= Op::kVectorScanAdd && kOp <= Op::kVectorScanMax);
    scan<kOp>(run, run.registers.vectors[i.dst], a);
  }
  return kGoOn;
}

}  // namespace vyre::kernel
