#pragma once

#include "kernel/bits.hpp"
#include "kernel/tile_run.hpp"

namespace vyre::kernel {

/// The inputs, in the order of TileInput (vyre/program_builder.hpp).
VYRE_HOST_DEVICE inline u64 tile_input(const TileView& tile, u32 input) {
  switch (input) {
    case 0:
      return tile.file_begin();
    case 1:
      return tile.length;
    case 2:
      return tile.before;
    default:
      return tile.after;
  }
}

/// `b` is the second register or the immediate.
template <vir0::Op kOp>
VYRE_HOST_DEVICE u64 scalar_value(u64 a, u64 b) {
  using vir0::Op;
  if constexpr (kOp == Op::kScalarConst) return b;
  if constexpr (kOp == Op::kScalarMove) return a;
  if constexpr (kOp == Op::kScalarAdd) return a + b;
  if constexpr (kOp == Op::kScalarAddImmediate) return a + (b ^ 0x80000000) - 0x80000000;
  if constexpr (kOp == Op::kScalarSub) return a - b;
  if constexpr (kOp == Op::kScalarMul || kOp == Op::kScalarMulImmediate) return a * b;
  if constexpr (kOp == Op::kScalarDiv) return b == 0 ? 0 : a / b;
  if constexpr (kOp == Op::kScalarRem) return b == 0 ? a : a % b;
  if constexpr (kOp == Op::kScalarAnd || kOp == Op::kScalarAndImmediate) return a & b;
  if constexpr (kOp == Op::kScalarOr) return a | b;
  if constexpr (kOp == Op::kScalarXor) return a ^ b;
  if constexpr (kOp == Op::kScalarShl || kOp == Op::kScalarShlImmediate) {
    return b < 64 ? a << b : 0;
  }
  if constexpr (kOp == Op::kScalarShr || kOp == Op::kScalarShrImmediate) {
    return b < 64 ? a >> b : 0;
  }
  if constexpr (kOp == Op::kScalarRotl) return a << (b & 63) | a >> ((64 - (b & 63)) & 63);
  if constexpr (kOp == Op::kScalarMin) return a < b ? a : b;
  if constexpr (kOp == Op::kScalarMax) return a > b ? a : b;
  if constexpr (kOp == Op::kScalarEq || kOp == Op::kScalarEqImmediate) return a == b ? 1 : 0;
  if constexpr (kOp == Op::kScalarNe) return a != b ? 1 : 0;
  if constexpr (kOp == Op::kScalarLt || kOp == Op::kScalarLtImmediate) return a < b ? 1 : 0;
  if constexpr (kOp == Op::kScalarLe) return a <= b ? 1 : 0;
  if constexpr (kOp == Op::kScalarPopcount) return count_bits(a);
  if constexpr (kOp == Op::kScalarClz) return leading_zeros(a);
  if constexpr (kOp == Op::kScalarCtz) return trailing_zeros(a);
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_scalar(Run& run, vir0::Instruction i) {
  using vir0::Op;
  u64& target = run.scalars[i.dst];
  const u64 a = run.scalars[i.a];
  if constexpr (kOp == Op::kScalarInput) {
    target = tile_input(run.tile, i.immediate);
  } else if constexpr (kOp == Op::kScalarConstHigh) {
    target = static_cast<u64>(i.immediate) << 32 | (target & 0xFFFFFFFF);
  } else if constexpr (kOp == Op::kScalarSelect) {
    target = run.scalars[i.immediate] != 0 ? a : run.scalars[i.b];
  } else {
    target = scalar_value<kOp>(a, second_is_register(kOp) ? run.scalars[i.b] : i.immediate);
  }
  return kGoOn;
}

}  // namespace vyre::kernel
