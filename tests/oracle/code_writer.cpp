#include "tests/oracle/code_writer.hpp"

#include "base/check.hpp"

namespace vyre::oracle {
namespace {

using vir0::Op;
using vir0::OperandKind;

constexpr std::array<u32, 3> kRegisterCounts = {vir0::kScalarRegisters, vir0::kVectorRegisters,
                                                vir0::kMaskRegisters};

std::size_t index_of(Bank bank) { return static_cast<std::size_t>(bank); }

}  // namespace

void CodeWriter::write(Op op, u32 dst, u32 a, u32 b, u32 immediate) {
  VYRE_CHECK(reachable_);
  program_.code.push_back(
      vir0::pack({op, static_cast<u8>(dst), static_cast<u8>(a), static_cast<u8>(b), immediate}));
  fuel_ += runs() * vir0::fuel_of(op);
  mark_set(vir0::find_instruction(op)->dst, dst);
  if (op == Op::kHalt || op == Op::kJump) reachable_ = false;
}

void CodeWriter::mark_set(OperandKind kind, u32 index) {
  if (kind == OperandKind::kScalarOut) set_[index_of(Bank::kScalar)] |= u32{1} << index;
  if (kind == OperandKind::kVectorOut) set_[index_of(Bank::kVector)] |= u32{1} << index;
  if (kind == OperandKind::kMaskOut) set_[index_of(Bank::kMask)] |= u32{1} << index;
}

u32 CodeWriter::read(Bank bank) {
  const u32 set = set_[index_of(bank)];
  if (set == 0) {
    const u32 fresh = claim(bank);
    constexpr std::array<Op, 3> kConstants = {Op::kScalarConst, Op::kVectorLane, Op::kMaskConst};
    const bool lane = bank == Bank::kVector;
    write(kConstants[index_of(bank)], fresh, 0, 0, lane ? 0 : chance_.below(2));
    return fresh;
  }
  u32 index = 0;
  do {
    index = chance_.below(kRegisterCounts[index_of(bank)]);
  } while ((set >> index & 1) == 0);
  return index;
}

std::optional<u32> CodeWriter::kept(Bank bank) const {
  for (std::size_t i = kept_.size(); i-- > 0;) {
    if (kept_[i].bank == bank) return kept_[i].index;
  }
  return std::nullopt;
}

u32 CodeWriter::claim(Bank bank) {
  u32 taken = claimed_[index_of(bank)];
  for (const Kept& kept : kept_) {
    if (kept.bank == bank) taken |= u32{1} << kept.index;
  }
  u32 index = 0;
  do {
    index = chance_.below(kRegisterCounts[index_of(bank)]);
  } while ((taken >> index & 1) != 0);
  claimed_[index_of(bank)] |= u32{1} << index;
  return index;
}

CodeWriter::Jump CodeWriter::branch_if(bool zero, u32 scalar) {
  write(zero ? Op::kBranchZero : Op::kBranch, 0, scalar);
  return {size() - 1, set_};
}

CodeWriter::Jump CodeWriter::jump() {
  write(Op::kJump);
  return {size() - 1, set_};
}

void CodeWriter::land(const Jump& jump) {
  program_.code[jump.from] |= static_cast<u64>(size()) << 32;
  meet(jump.set);
}

void CodeWriter::meet(const SetRegisters& arriving) {
  for (std::size_t bank = 0; bank < set_.size(); ++bank) {
    set_[bank] = reachable_ ? set_[bank] & arriving[bank] : arriving[bank];
  }
  reachable_ = true;
}

void CodeWriter::begin_repeat(u32 runs) {
  write(Op::kRepeat, 0, 0, 0, runs);
  open_loop(runs, false);
}

void CodeWriter::begin_repeat_scalar(u32 scalar, u32 most) {
  write(Op::kRepeatScalar, 0, scalar, 0, most);
  open_loop(most, true);
}

void CodeWriter::open_loop(u32 runs, bool may_skip) {
  loops_.push_back({this->runs() * runs, may_skip, set_, {}, {}});
}

void CodeWriter::break_if(u32 scalar) {
  write(Op::kBreak, 0, scalar);
  loops_.back().breaks.push_back(set_);
}

void CodeWriter::continue_if(u32 scalar) {
  loops_.back().continues.push_back(branch_if(chance_.percent(50), scalar));
}

void CodeWriter::end_loop() {
  for (const Jump& jump : loops_.back().continues) land(jump);
  write(Op::kEnd);
  for (const SetRegisters& set : loops_.back().breaks) meet(set);
  if (loops_.back().may_skip) meet(loops_.back().before);
  loops_.pop_back();
}

}  // namespace vyre::oracle
