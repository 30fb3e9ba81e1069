#pragma once

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

#include "kernel/bits.hpp"
#include "kernel/tile_run.hpp"

namespace vyre::kernel {

VYRE_HOST_DEVICE constexpr u32 lane_mask(bool value) { return value ? kLaneSet : 0; }

/// One lane of a comparison; `b` is the second register's lane or the immediate.
template <vir0::Op kOp>
VYRE_HOST_DEVICE u32 mask_of(u32 a, u32 b) {
  using vir0::Op;
  if constexpr (kOp == Op::kMaskEq || kOp == Op::kMaskEqImmediate) return lane_mask(a == b);
  if constexpr (kOp == Op::kMaskNe || kOp == Op::kMaskNeImmediate) return lane_mask(a != b);
  if constexpr (kOp == Op::kMaskLt || kOp == Op::kMaskLtImmediate) return lane_mask(a < b);
  if constexpr (kOp == Op::kMaskLe) return lane_mask(a <= b);
  if constexpr (kOp == Op::kMaskGeImmediate) return lane_mask(a >= b);
}

/// One lane of an operation on masks.
template <vir0::Op kOp>
VYRE_HOST_DEVICE u32 mask_combined(u32 a, u32 b) {
  using vir0::Op;
  if constexpr (kOp == Op::kMaskAnd) return a & b;
  if constexpr (kOp == Op::kMaskOr) return a | b;
  if constexpr (kOp == Op::kMaskXor) return a ^ b;
  if constexpr (kOp == Op::kMaskAndNot) return a & ~b;
  if constexpr (kOp == Op::kMaskNot) return ~a;
}

VYRE_HOST_DEVICE constexpr bool combines_masks(vir0::Op op) {
  return op >= vir0::Op::kMaskAnd && op <= vir0::Op::kMaskNot;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_mask(Run& run, vir0::Instruction i) {
  using vir0::Op;
  u32* target = run.registers.masks[i.dst];
  if constexpr (kOp == Op::kMaskConst) {
    const u32 value = lane_mask(i.immediate != 0);
    each_lane(run.group, [=](u32 lane) { target[lane] = value; });
  } else if constexpr (kOp == Op::kMaskOfBits) {
    const u64 low = run.scalars[i.a];
    const u64 high = run.scalars[i.b];
    each_lane(run.group, [=](u32 lane) {
      target[lane] = 0 - static_cast<u32>((lane < 64 ? low : high) >> (lane % 64) & 1);
    });
  } else if constexpr (combines_masks(kOp)) {
    const u32* a = run.registers.masks[i.a];
    const u32* b = run.registers.masks[i.b];
    each_lane(run.group, [=](u32 lane) { target[lane] = mask_combined<kOp>(a[lane], b[lane]); });
  } else if constexpr (second_is_register(kOp)) {
    const u32* a = run.registers.vectors[i.a];
    const u32* b = run.registers.vectors[i.b];
    each_lane(run.group, [=](u32 lane) { target[lane] = mask_of<kOp>(a[lane], b[lane]); });
  } else {
    const u32* a = run.registers.vectors[i.a];
    const u32 second = i.immediate;
    each_lane(run.group, [=](u32 lane) { target[lane] = mask_of<kOp>(a[lane], second); });
  }
  return kGoOn;
}

/// The bits of 64 lanes of a mask, by one thread.
VYRE_HOST_DEVICE inline u64 pack_lanes(const u32* mask) {
  u64 bits = 0;
#if defined(__SSE2__) && !defined(__CUDA_ARCH__)
  for (u32 group = 0; group < 4; ++group) {
    const __m128i* lanes = reinterpret_cast<const __m128i*>(mask) + group * 4;
    const __m128i low = _mm_packs_epi32(_mm_load_si128(lanes), _mm_load_si128(lanes + 1));
    const __m128i high = _mm_packs_epi32(_mm_load_si128(lanes + 2), _mm_load_si128(lanes + 3));
    const int sixteen = _mm_movemask_epi8(_mm_packs_epi16(low, high));
    bits |= static_cast<u64>(static_cast<u32>(sixteen)) << (16 * group);
  }
#else
  for (u32 lane = 0; lane < 64; ++lane) bits |= static_cast<u64>(mask[lane] & 1) << lane;
#endif
  return bits;
}

template <class Run>
VYRE_HOST_DEVICE LaneBits lanes_of(Run& run, const u32* mask) {
  if constexpr (Run::Group::kSequential) {
    return {pack_lanes(mask), pack_lanes(mask + 64)};
  } else {
    return run.group.ballot(mask[run.group.thread()] != 0, run.registers.scratch);
  }
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_ballot(Run& run, vir0::Instruction i) {
  using vir0::Op;
  u64& target = run.scalars[i.dst];
  if constexpr (kOp == Op::kMaskCount && !Run::Group::kSequential) {
    target = run.group.count(run.registers.masks[i.a][run.group.thread()] != 0);
    return kGoOn;
  }
  const LaneBits bits = lanes_of(run, run.registers.masks[i.a]);
  if constexpr (kOp == Op::kMaskBallot) {
    target = i.immediate == 0 ? bits.low : bits.high;
  } else if constexpr (kOp == Op::kMaskCount) {
    target = count_bits(bits.low) + count_bits(bits.high);
  } else if constexpr (kOp == Op::kMaskFirst) {
    target = bits.low != 0 ? trailing_zeros(bits.low) : 64 + trailing_zeros(bits.high);
  } else if constexpr (kOp == Op::kMaskLast) {
    const u64 last_low = bits.low != 0 ? 63 - leading_zeros(bits.low) : kLanes;
    target = bits.high != 0 ? 127 - leading_zeros(bits.high) : last_low;
  } else {
    static_assert(kUnknownInstruction<kOp>);
  }
  return kGoOn;
}

}  // namespace vyre::kernel
