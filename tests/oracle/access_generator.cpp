#include "tests/oracle/access_generator.hpp"

namespace vyre::oracle {

using vir0::ImmediateKind;
using vir0::Op;

namespace {

struct Choice {
  Op op;
  ImmediateKind kind;
};

}  // namespace

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
  const u32 before = input(TileInput::kBefore);
  const u32 total = input(TileInput::kTileLength);
  const u32 first = input(TileInput::kAfter);
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
