#include "tests/oracle/access_generator.hpp"

#include <bit>

namespace vyre::oracle {

using vir0::ImmediateKind;
using vir0::Op;

namespace {

/// The immediates of `s.input`.
enum Input : u32 { kOffset = 0, kLength = 1, kBefore = 2, kAfter = 3 };

struct Choice {
  Op op;
  ImmediateKind kind;
};

}  // namespace

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
  const u32 length = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarInput, length, 0, 0, kLength);
  const u32 out = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarSelect, out, scalar, constant(0), length);
  return out;
}

u32 AccessGenerator::position() {
  if (chance_.percent(15)) return code_.read(Bank::kScalar);
  const u32 scalar = code_.claim(Bank::kScalar);
  switch (chance_.below(5)) {
    case 0:
      code_.write(Op::kScalarConst, scalar, 0, 0, chance_.below(300));
      return scalar;
    case 1:
      code_.write(Op::kScalarConst, scalar, 0, 0, chance_.below(kTileBytes + kHaloBytes));
      return scalar;
    case 2:
      code_.write(Op::kScalarInput, scalar, 0, 0, kBefore);
      code_.write(Op::kScalarSub, scalar, constant(0), scalar);
      break;
    case 3: {
      const u32 after = code_.claim(Bank::kScalar);
      code_.write(Op::kScalarInput, after, 0, 0, kAfter);
      code_.write(Op::kScalarInput, scalar, 0, 0, kLength);
      code_.write(Op::kScalarAdd, scalar, scalar, after);
      break;
    }
    default:
      code_.write(Op::kScalarInput, scalar, 0, 0, kLength);
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
  if (chance_.percent(10)) {
    const u32 any = code_.read(Bank::kVector);
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
  const u32 before = code_.claim(Bank::kScalar);
  const u32 total = code_.claim(Bank::kScalar);
  const u32 more = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarInput, before, 0, 0, kBefore);
  code_.write(Op::kScalarInput, total, 0, 0, kLength);
  code_.write(Op::kScalarAdd, total, total, before);
  code_.write(Op::kScalarInput, more, 0, 0, kAfter);
  code_.write(Op::kScalarAdd, total, total, more);
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
  const u32 length = code_.claim(Bank::kScalar);
  const u32 limit = code_.claim(Bank::kVector);
  const u32 last = code_.claim(Bank::kVector);
  const u32 mask = code_.claim(Bank::kMask);
  const u32 not_wrapped = code_.claim(Bank::kMask);
  code_.write(Op::kScalarInput, length, 0, 0, kLength);
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

void AccessGenerator::tile_load() {
  const u32 kind = chance_.below(3);
  constexpr Op kOps[] = {Op::kLoadU8, Op::kLoadU16, Op::kLoadU32};
  const Lanes lanes = tile_offsets(1u << kind);
  const u32 dst = code_.claim(Bank::kVector);
  code_.write(kOps[kind], dst, lanes.values, lanes.mask);
  observe(Bank::kVector, dst);
}

void AccessGenerator::block_load() {
  const u32 first = position();
  const u32 dst = code_.claim(Bank::kVector);
  code_.write(chance_.one_of({Op::kBlockU8, Op::kBlockU16, Op::kBlockU32}), dst, first);
  observe(Bank::kVector, dst);
}

/// Values below `count` in the lanes of `mask`, by one of the ways that an analysis of intervals
/// may follow.
u32 AccessGenerator::guarded_indices(u32 count, u32 mask) {
  const u32 values = code_.claim(Bank::kVector);
  const u32 from = blurred(code_.read(Bank::kVector));
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
      return {guarded_indices(count + 1, mask), mask};
    case 1: {
      // A guard that no longer holds for what is used.
      const u32 values = guarded_indices(count, mask);
      code_.write(Op::kVectorAddImmediate, values, values, 0, chance_.one_of({1u, 0xFFFFFFFFu}));
      return {blurred(values), mask};
    }
    default: {
      const u32 values = guarded_indices(count, mask);
      code_.write(Op::kMaskXor, mask, mask, any_mask());
      return {values, mask};
    }
  }
}

void AccessGenerator::table_load() {
  const Choice choice = chance_.one_of({Choice{Op::kTableU8, ImmediateKind::kTableU8},
                                        Choice{Op::kTableU16, ImmediateKind::kTableU16},
                                        Choice{Op::kTableU32, ImmediateKind::kTableU32}});
  u32 table = 0;
  if (!choose(choice.kind, table)) return;
  const u32 width = 1u << (static_cast<u32>(choice.op) - static_cast<u32>(Op::kTableU8));
  const Lanes lanes = indices(static_cast<u32>(declared_.program.tables[table].size()) / width);
  const u32 dst = code_.claim(Bank::kVector);
  code_.write(choice.op, dst, lanes.values, lanes.mask, table);
  observe(Bank::kVector, dst);
}

void AccessGenerator::window_access() {
  const Choice choice = chance_.one_of({Choice{Op::kWindowLoad, ImmediateKind::kWindowLoad},
                                        Choice{Op::kWindowStore, ImmediateKind::kWindowStore},
                                        Choice{Op::kWindowAdd, ImmediateKind::kWindowAdd},
                                        Choice{Op::kWindowMin, ImmediateKind::kWindowMin},
                                        Choice{Op::kWindowMax, ImmediateKind::kWindowMax},
                                        Choice{Op::kWindowOr, ImmediateKind::kWindowOr}});
  u32 window = 0;
  if (!choose(choice.kind, window)) return;
  const Lanes lanes = indices(declared_.program.windows[window].count);
  if (choice.op != Op::kWindowLoad) {
    code_.write(choice.op, code_.read(Bank::kVector), lanes.values, lanes.mask, window);
    return;
  }
  const u32 dst = code_.claim(Bank::kVector);
  code_.write(choice.op, dst, lanes.values, lanes.mask, window);
  observe(Bank::kVector, dst);
}

void AccessGenerator::carry_access() {
  u32 word = 0;
  if (!choose(ImmediateKind::kCarry, word)) return;
  if (chance_.percent(50)) {
    code_.write(Op::kCarryStore, 0, code_.read(Bank::kScalar), 0, word);
    return;
  }
  const u32 dst = code_.claim(Bank::kScalar);
  code_.write(Op::kCarryLoad, dst, 0, 0, word);
  observe(Bank::kScalar, dst);
}

void AccessGenerator::emit() {
  const Lanes lanes = tile_offsets(1);
  code_.write(Op::kEmit, code_.read(Bank::kVector), lanes.values, lanes.mask);
}

/// At first = min(x % readable, readable) - before, as many bytes as are left from there, but few.
void AccessGenerator::copy() {
  if (risky()) {
    const u32 first = blurred_scalar(position());
    code_.write(Op::kCopy, 0, first, constant(chance_.one_of({0u, 1u, 100u, 4096u, 40000u})));
    return;
  }
  const u32 before = code_.claim(Bank::kScalar);
  const u32 total = code_.claim(Bank::kScalar);
  const u32 first = code_.claim(Bank::kScalar);
  code_.write(Op::kScalarInput, before, 0, 0, kBefore);
  code_.write(Op::kScalarInput, total, 0, 0, kLength);
  code_.write(Op::kScalarInput, first, 0, 0, kAfter);
  code_.write(Op::kScalarAdd, total, total, before);
  code_.write(Op::kScalarAdd, total, total, first);
  code_.write(Op::kScalarRem, first, code_.read(Bank::kScalar), total);
  code_.write(Op::kScalarMin, first, first, total);
  code_.write(Op::kScalarSub, total, total, first);
  code_.write(Op::kScalarSub, first, first, before);
  // Few enough for any number of copies that the fuel allows: 512 of it pay for each.
  code_.write(Op::kScalarMin, total, total, constant(chance_.below(700)));
  code_.write(Op::kCopy, 0, first, total);
}

void AccessGenerator::macro() {
  const Choice choice = chance_.one_of({Choice{Op::kAutomaton, ImmediateKind::kTableAutomaton},
                                        Choice{Op::kCountByte, ImmediateKind::kByte},
                                        Choice{Op::kClassBitmap, ImmediateKind::kTableSet},
                                        Choice{Op::kHistogram, ImmediateKind::kResultBlock},
                                        Choice{Op::kFindCount, ImmediateKind::kTableLiteral},
                                        Choice{Op::kFindEmit, ImmediateKind::kTableLiteral},
                                        Choice{Op::kCrc32c, ImmediateKind::kNone},
                                        Choice{Op::kXxh64, ImmediateKind::kCarryBlock}});
  u32 immediate = 0;
  if (choice.kind == ImmediateKind::kByte) {
    immediate = chance_.percent(50) ? 'a' + chance_.below(4) : chance_.below(256);
  } else if (choice.kind != ImmediateKind::kNone && !choose(choice.kind, immediate)) {
    return;
  }
  const auto* row = vir0::find_instruction(choice.op);
  const u32 a = row->a == vir0::OperandKind::kScalar ? position() : 0;
  if (row->dst == vir0::OperandKind::kNone) {
    code_.write(choice.op, 0, a, 0, immediate);
    return;
  }
  const Bank bank = row->dst == vir0::OperandKind::kVectorOut ? Bank::kVector : Bank::kScalar;
  const u32 dst = code_.claim(bank);
  code_.write(choice.op, dst, a, 0, immediate);
  observe(bank, dst);
}

void AccessGenerator::observe(Bank bank, u32 index) {
  u32 word = 0;
  if (!choose(ImmediateKind::kResult, word)) return;
  if (bank == Bank::kScalar) {
    code_.write(Op::kResult, 0, index, 0, word);
    return;
  }
  const u32 sum = code_.claim(Bank::kScalar);
  if (bank == Bank::kVector) {
    // Turned by the lane's number, so that the sum tells lanes apart.
    const u32 turned = code_.claim(Bank::kVector);
    if (turned == index) return;
    code_.write(Op::kVectorLane, turned);
    code_.write(Op::kVectorRotl, turned, index, turned);
    code_.write(Op::kVectorReduceAdd, sum, turned);
    code_.write(Op::kResult, 0, sum, 0, word);
    return;
  }
  const u32 half = chance_.below(2);
  code_.write(Op::kMaskBallot, sum, index, 0, half);
  code_.write(Op::kResult, 0, sum, 0, word);
}

}  // namespace vyre::oracle
