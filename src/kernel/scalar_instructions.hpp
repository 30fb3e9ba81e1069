#pragma once

#include "kernel/registers.hpp"
#include "kernel/tile.hpp"
#include "vir0/isa.hpp"

namespace vyre::kernel {

/// The six inputs, in the order of TileInput (vyre/program_builder.hpp).
VYRE_HOST_DEVICE inline u64 tile_input(const TileView& tile, u32 input) {
  switch (input) {
    case 0:
      return tile.offset;
    case 1:
      return tile.length;
    case 2:
      return tile.chunk_length;
    case 3:
      return tile.own_begin;
    case 4:
      return tile.own_end;
    default:
      return tile.file_offset;
  }
}

VYRE_HOST_DEVICE inline u64 scalar_operation(vir0::Op op, u64 a, u64 b) {
  using vir0::Op;
  switch (op) {
    case Op::kScalarAdd:
      return a + b;
    case Op::kScalarSub:
      return a - b;
    case Op::kScalarMul:
      return a * b;
    case Op::kScalarAnd:
      return a & b;
    case Op::kScalarOr:
      return a | b;
    case Op::kScalarXor:
      return a ^ b;
    case Op::kScalarShl:
      return b < 64 ? a << b : 0;
    case Op::kScalarShr:
      return b < 64 ? a >> b : 0;
    case Op::kScalarEq:
      return a == b ? 1 : 0;
    default:
      return a < b ? 1 : 0;
  }
}

/// Opcodes 0x01..0x0D; run by the leader alone.
VYRE_HOST_DEVICE inline void run_scalar(vir0::Instruction i, const TileView& tile, u64* scalars) {
  using vir0::Op;
  switch (i.op) {
    case Op::kScalarConst:
      scalars[i.dst] = i.immediate;
      break;
    case Op::kScalarInput:
      scalars[i.dst] = tile_input(tile, i.immediate);
      break;
    case Op::kScalarMove:
      scalars[i.dst] = scalars[i.a];
      break;
    default:
      scalars[i.dst] = scalar_operation(i.op, scalars[i.a], scalars[i.b]);
      break;
  }
}

}  // namespace vyre::kernel
