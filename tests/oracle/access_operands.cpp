#include <bit>

#include "tests/oracle/access_generator.hpp"

// The places that accesses go to, and the guards that keep them there.
namespace vyre::oracle {

using vir0::ImmediateKind;
using vir0::Op;

bool AccessGenerator::choose(ImmediateKind kind, u32& index) {
  const auto& choices = declared_.choices(kind);
  if (choices.empty()) return false;
  index = chance_.one_of(choices);
  return true;
}

u32 AccessGenerator::constant(u32 value) {
  const u32 scalar = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarConst, scalar, 0, 0, value);
  return scalar;
}

u32 AccessGenerator::input(TileInput fact) {
  const u32 scalar = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarInput, scalar, 0, 0, static_cast<u32>(fact));
  return scalar;
}

u32 AccessGenerator::blurred(u32 vector) {
  const u32 zero = code_.claim(Bank::kVector);
  const u32 out = code_.claim(Bank::kVector);
  const u32 mask = code_.claim(Bank::kMask);
  code_.write(Op::kVectorConst, zero, 0, 0, 0);
  code_.write(Op::kBlockU8, out, constant(chance_.below(100)));
  code_.write(Op::kMaskNeImmediate, mask, out, 0, chance_.below(256));
  code_.write(Op::kVectorSelect, out, vector, zero, mask);
  return out;
}

u32 AccessGenerator::blurred_scalar(u32 scalar) {
  const u32 length = input(TileInput::kTileLength);
  const u32 out = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarSelect, out, scalar, constant(0), length);
  return out;
}

u32 AccessGenerator::position() {
  if (const auto counter = code_.kept(Bank::kScalar); counter && chance_.percent(50)) {
    return *counter;
  }
  if (chance_.percent(15)) return code_.read(Bank::kScalar);
  u32 scalar = 0;
  switch (chance_.below(5)) {
    case 0:
      return constant(chance_.below(300));
    case 1:
      return constant(chance_.below(kTileBytes + kHaloBytes));
    case 2:
      scalar = input(TileInput::kBefore);
      code_.write(Op::kScalarSub, scalar, constant(0), scalar);
      break;
    case 3:
      scalar = input(TileInput::kTileLength);
      code_.write(Op::kScalarAdd, scalar, scalar, input(TileInput::kAfter));
      break;
    default:
      scalar = input(TileInput::kTileLength);
      break;
  }
  code_.write(Op::kScalarAddImmediate, scalar, scalar, 0, 8 - chance_.below(200));
  return scalar;
}

u32 AccessGenerator::any_mask() {
  if (chance_.percent(40)) return code_.read(Bank::kMask);
  const u32 mask = code_.claim(Bank::kMask);
  if (chance_.percent(30)) {
    code_.write(Op::kMaskConst, mask, 0, 0, 1);
    return mask;
  }
  const u32 lane = code_.claim(Bank::kVector);
  code_.write(Op::kVectorLane, lane);
  const Op op = chance_.percent(50) ? Op::kMaskLtImmediate : Op::kMaskGeImmediate;
  code_.write(op, mask, lane, 0, chance_.one_of({0u, 1u, 63u, 64u, 65u, 127u, 128u}));
  return mask;
}

/// One offset for each lane: a place, and a stride from there.
u32 AccessGenerator::offsets() {
  const auto counter = code_.kept(Bank::kVector);
  if (chance_.percent(counter ? 40 : 10)) {
    const u32 any = counter ? *counter : code_.read(Bank::kVector);
    const u32 copied = code_.claim(Bank::kVector);
    code_.write(Op::kVectorMove, copied, any);
    return blurred(copied);
  }
  const u32 start = code_.claim(Bank::kVector);
  code_.write(Op::kVectorSplat, start, position());
  const u32 lane = code_.claim(Bank::kVector);
  code_.write(Op::kVectorLane, lane);
  const u32 stride = chance_.one_of({0u, 1u, 1u, 1u, 2u, 3u, 4u, 32u, 512u, 0xFFFFFFFFu});
  code_.write(Op::kVectorMulImmediate, lane, lane, 0, stride);
  code_.write(Op::kVectorAdd, lane, lane, start);
  return blurred(lane);
}

/// Lanes whose `width` bytes at their offset can all be read: with t = offset + before, both t and
/// t + width - 1 lie below before + length + after.
u32 AccessGenerator::readable_lanes(u32 offsets, u32 width) {
  const u32 before = input(TileInput::kBefore);
  const u32 total = input(TileInput::kTileLength);
  code_.write(Op::kScalarAdd, total, total, before);
  code_.write(Op::kScalarAdd, total, total, input(TileInput::kAfter));
  const u32 shift = code_.claim(Bank::kVector);
  const u32 limit = code_.claim(Bank::kVector);
  code_.write(Op::kVectorSplat, shift, before);
  code_.write(Op::kVectorAdd, shift, shift, offsets);
  code_.write(Op::kVectorSplat, limit, total);
  const u32 mask = code_.claim(Bank::kMask);
  code_.write(Op::kMaskLt, mask, shift, limit);
  if (width > 1) {
    const u32 last = code_.claim(Bank::kMask);
    code_.write(Op::kVectorAddImmediate, shift, shift, 0, width - 1);
    code_.write(Op::kMaskLt, last, shift, limit);
    code_.write(Op::kMaskAnd, mask, mask, last);
  }
  if (chance_.percent(30)) code_.write(Op::kMaskAnd, mask, mask, any_mask());
  return mask;
}

/// Lanes whose bytes lie in the tile itself, as a program would ask and a verifier may understand.
u32 AccessGenerator::own_lanes(u32 offsets, u32 width) {
  const u32 length = input(TileInput::kTileLength);
  const u32 limit = code_.claim(Bank::kVector);
  const u32 last = code_.claim(Bank::kVector);
  const u32 mask = code_.claim(Bank::kMask);
  const u32 not_wrapped = code_.claim(Bank::kMask);
  code_.write(Op::kVectorSplat, limit, length);
  code_.write(Op::kMaskLtImmediate, not_wrapped, offsets, 0, kTileBytes);
  code_.write(Op::kVectorAddImmediate, last, offsets, 0, width - 1);
  if (chance_.percent(50)) {
    code_.write(Op::kMaskLt, mask, last, limit);
  } else {
    code_.write(Op::kMaskLe, mask, limit, last);
    code_.write(Op::kMaskNot, mask, mask);
  }
  code_.write(Op::kMaskAnd, mask, mask, not_wrapped);
  if (chance_.percent(30)) code_.write(Op::kMaskAnd, mask, mask, any_mask());
  return mask;
}

AccessGenerator::Lanes AccessGenerator::tile_offsets(u32 width) {
  const u32 values = offsets();
  if (!risky()) {
    return {values, chance_.percent(50) ? own_lanes(values, width) : readable_lanes(values, width)};
  }
  // Off by one is what is likely to go wrong.
  if (chance_.percent(50)) return {values, readable_lanes(values, width - chance_.below(2))};
  if (chance_.percent(30)) {
    const u32 mask = own_lanes(values, width);
    code_.write(Op::kVectorAddImmediate, values, values, 0, chance_.one_of({1u, 0xFFFFFFFFu, 4u}));
    return {values, mask};
  }
  return {values, any_mask()};
}

/// Values below `count` in the lanes of `mask`, by one of the ways that an analysis of intervals
/// may follow.
u32 AccessGenerator::guarded_indices(u32 count, u32 mask) {
  const u32 values = code_.claim(Bank::kVector);
  const auto counter = code_.kept(Bank::kVector);
  const u32 any = counter && chance_.percent(50) ? *counter : code_.read(Bank::kVector);
  const u32 from = chance_.percent(50) && counter ? any : blurred(any);
  switch (chance_.below(3)) {
    case 0:
      code_.write(Op::kVectorAndImmediate, values, from, 0, std::bit_floor(count) - 1);
      break;
    case 1: {
      const u32 most = code_.claim(Bank::kVector);
      code_.write(Op::kVectorConst, most, 0, 0, count - 1);
      code_.write(Op::kVectorMin, values, from, most);
      break;
    }
    default: {
      const u32 low = code_.claim(Bank::kMask);
      if (chance_.percent(50)) {
        code_.write(Op::kVectorLane, values);
        code_.write(Op::kVectorMulImmediate, values, values, 0, chance_.between(1, 9));
      } else {
        code_.write(Op::kVectorMove, values, from);
      }
      code_.write(Op::kMaskLtImmediate, low, values, 0, count);
      code_.write(Op::kMaskAnd, mask, low, mask);
      break;
    }
  }
  return values;
}

AccessGenerator::Lanes AccessGenerator::indices(u32 count) {
  const u32 mask = code_.claim(Bank::kMask);
  const u32 wanted = any_mask();
  code_.write(Op::kMaskOr, mask, wanted, code_.read(Bank::kMask));
  if (!risky()) return {guarded_indices(count, mask), mask};
  switch (chance_.below(3)) {
    case 0:
      return {blurred(guarded_indices(count + 1, mask)), mask};
    case 1: {
      // A guard that no longer holds for what is used.
      const u32 values = guarded_indices(count, mask);
      code_.write(Op::kVectorAddImmediate, values, values, 0, chance_.one_of({1u, 0xFFFFFFFFu}));
      return {blurred(values), mask};
    }
    default: {
      const u32 values = guarded_indices(count, mask);
      code_.write(Op::kMaskXor, mask, mask, any_mask());
      return {blurred(values), mask};
    }
  }
}

}  // namespace vyre::oracle
