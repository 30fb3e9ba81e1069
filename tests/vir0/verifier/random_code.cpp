#include "tests/vir0/verifier/random_code.hpp"

#include <iterator>
#include <random>

#include "vir0/instruction_info.hpp"

namespace vyre::testing {
namespace {

using vir0::ImmediateKind;
using vir0::Instruction;
using vir0::InstructionInfo;
using vir0::Op;
using vir0::OperandKind;

constexpr u32 kUsed = RandomCode::kUsedRegisters;

constexpr u32 kValues[] = {0,     1,     2,     3,          4,          7,         8,
                           31,    32,    33,    63,         64,         127,       128,
                           255,   256,   4095,  4096,       511,        8191,      9999,
                           65535, 65536, 69632, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF};

class Generator {
 public:
  explicit Generator(u64 seed) : random_(seed) {}

  RandomCode run() {
    declare();
    write_prologue();
    const auto prologue = static_cast<u32>(program_.code.size());
    write_block(3 + below(40), 0);
    write(Op::kHalt);
    return {std::move(program_), prologue};
  }

 private:
  u32 below(u32 bound) { return static_cast<u32>(random_() % bound); }
  u32 reg() { return below(kUsed); }
  u32 value() {
    switch (below(4)) {
      case 0:
        return static_cast<u32>(random_());
      case 1:
        return 0u - below(200);
      default:
        return kValues[below(std::size(kValues))];
    }
  }
  void write(Op op, u32 dst = 0, u32 a = 0, u32 b = 0, u32 immediate = 0) {
    program_.code.push_back(
        vir0::pack({op, static_cast<u8>(dst), static_cast<u8>(a), static_cast<u8>(b), immediate}));
  }

  void declare() {
    program_.windows = {{"state", WindowAccess::kState, 0, 100}};
    program_.carry_words = 1;
    program_.tables.resize(2);
    for (u32 i = 0; i < 64; ++i) program_.tables[0].push_back(static_cast<std::byte>(below(50)));
    for (u32 i = 0; i < 256; ++i) program_.tables[1].push_back(static_cast<std::byte>(value()));
  }

  void write_prologue() {
    for (u32 i = 0; i < vir0::kScalarRegisters; ++i) {
      if (below(2) == 0) {
        write(Op::kScalarInput, i, 0, 0, below(4));
      } else {
        write(Op::kScalarConst, i, 0, 0, value());
        if (below(4) == 0) write(Op::kScalarConstHigh, i, 0, 0, value());
      }
    }
    for (u32 i = 0; i < vir0::kVectorRegisters; ++i) {
      if (below(2) == 0) {
        write(Op::kVectorSplat, i, reg());
      } else {
        write(Op::kVectorLane, i);
      }
    }
    for (u32 i = 0; i < vir0::kMaskRegisters; ++i) write(Op::kMaskConst, i, 0, 0, below(2));
  }

  void write_block(u32 statements, u32 depth) {
    for (u32 i = 0; i < statements; ++i) {
      const u32 kind = below(20);
      if (kind < 10) {
        write_computation();
      } else if (kind < 14) {
        write_access();
      } else if (kind < 15) {
        write_limit();
      } else if (depth == 3) {
        write_computation();
      } else if (kind < 17) {
        write_choice(depth);
      } else if (kind < 19) {
        write_loop(depth);
      } else {
        write_addition();
      }
    }
  }

  /// Any row from `s.const` to `m.last`.
  void write_computation() {
    const auto rows = vir0::instructions();
    while (true) {
      const InstructionInfo& row = rows[below(static_cast<u32>(rows.size()))];
      const bool registers_alone = row.op >= Op::kScalarConst && row.op <= Op::kMaskLast;
      const bool block = row.op == Op::kBlockU8 || row.op == Op::kBlockU16;
      if (!registers_alone && !block && row.op != Op::kCarryLoad) continue;
      const auto field = [&](OperandKind kind) { return kind == OperandKind::kNone ? 0 : reg(); };
      write(row.op, field(row.dst), field(row.a), field(row.b), immediate(row.immediate));
      return;
    }
  }

  u32 immediate(ImmediateKind kind) {
    switch (kind) {
      case ImmediateKind::kValue:
        return value();
      case ImmediateKind::kInput:
        return below(vir0::kTileInputs);
      case ImmediateKind::kFlag:
      case ImmediateKind::kHalf:
        return below(2);
      case ImmediateKind::kScalarRegister:
      case ImmediateKind::kMaskRegister:
        return reg();
      default:
        return 0;
    }
  }

  void write_access() {
    if (below(2) == 0) write(Op::kMaskLtImmediate, reg(), reg(), 0, 1 + below(130));
    constexpr Op kOps[] = {Op::kLoadU8,     Op::kLoadU16,     Op::kLoadU32,   Op::kEmit,
                           Op::kWindowLoad, Op::kWindowStore, Op::kWindowAdd, Op::kTableU8,
                           Op::kTableU16,   Op::kTableU32};
    const Op op = kOps[below(std::size(kOps))];
    const bool table = op == Op::kTableU8 || op == Op::kTableU16 || op == Op::kTableU32;
    write(op, reg(), reg(), reg(), table ? below(2) : 0);
    if (below(6) == 0) write(Op::kCopy, 0, reg(), reg());
  }

  /// A mask of offsets by what can be read, and an access under it.
  void write_limit() {
    const u32 limit = reg();
    const u32 scalar = reg();
    const u32 offset = reg();
    const u32 mask = reg();
    write(Op::kScalarInput, scalar, 0, 0, 1);
    if (below(3) == 0) {
      write(Op::kScalarInput, reg(), 0, 0, 3);
      write(Op::kScalarAdd, scalar, scalar, reg());
    }
    if (below(2) == 0) write(Op::kScalarMax, scalar, scalar, reg());
    if (below(2) == 0) write(Op::kScalarAddImmediate, scalar, scalar, 0, value());
    write(Op::kVectorSplat, limit, scalar);
    if (below(2) == 0) write(Op::kVectorAddImmediate, offset, offset, 0, below(5));
    write(below(3) == 0 ? Op::kMaskLe : Op::kMaskLt, mask, offset, limit);
    if (below(3) == 0) write(Op::kVectorAddImmediate, offset, offset, 0, 0u - below(5));
    if (below(3) == 0) write(Op::kMaskAnd, mask, mask, reg());
    write(below(2) == 0 ? Op::kLoadU8 : Op::kLoadU32, reg(), offset, mask);
  }

  void write_addition() {
    const u32 target = reg();
    const u32 step = below(2) == 0 ? below(9) : 0u - below(9);
    write(below(2) == 0 ? Op::kScalarAddImmediate : Op::kVectorAddImmediate, target, target, 0,
          step);
  }

  void land(std::size_t jump) {
    Instruction i = vir0::unpack(program_.code[jump]);
    i.immediate = static_cast<u32>(program_.code.size());
    program_.code[jump] = vir0::pack(i);
  }

  void write_choice(u32 depth) {
    const std::size_t branch = program_.code.size();
    write(below(2) == 0 ? Op::kBranch : Op::kBranchZero, 0, reg());
    write_block(1 + below(4), depth + 1);
    const std::size_t jump = program_.code.size();
    const bool has_other_side = below(2) == 0;
    if (has_other_side) write(Op::kJump);
    land(branch);
    if (!has_other_side) return;
    write_block(1 + below(4), depth + 1);
    land(jump);
  }

  void write_loop(u32 depth) {
    if (below(2) == 0) {
      write(Op::kRepeat, 0, 0, 0, 1 + below(6));
    } else {
      write(Op::kRepeatScalar, 0, reg(), 0, 1 + below(6));
    }
    const u32 parts = 1 + below(3);
    for (u32 i = 0; i < parts; ++i) {
      write_block(1 + below(3), depth + 1);
      if (below(3) == 0) write(Op::kBreak, 0, reg());
      if (below(2) == 0) write_addition();
    }
    write(Op::kEnd);
  }

  std::mt19937_64 random_;
  Program program_;
};

}  // namespace

RandomCode random_code(u64 seed) { return Generator(seed).run(); }

}  // namespace vyre::testing
