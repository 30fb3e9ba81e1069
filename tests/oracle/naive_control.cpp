#include <algorithm>

#include "tests/oracle/naive_machine.hpp"

namespace vyre::oracle {

using vir0::Instruction;
using vir0::Op;

u32 NaiveMachine::end_of_loop(u32 begin) const {
  u32 open = 0;
  for (u32 at = begin; at < program_.code.size(); ++at) {
    const Op op = vir0::unpack(program_.code[at]).op;
    if (op == Op::kRepeat || op == Op::kRepeatScalar) ++open;
    if (op == Op::kEnd && --open == 0) return at;
  }
  throw BrokenPromise{"a loop without an end"};
}

/// Leaves `at_` at the loop's first instruction, or behind its end.
void NaiveMachine::begin_loop(u64 runs) {
  const u32 end = end_of_loop(at_);
  if (runs == 0) {
    at_ = end + 1;
    return;
  }
  loops_.push_back({at_ + 1, end, runs});
  ++at_;
}

bool NaiveMachine::run_control(Instruction i) {
  switch (i.op) {
    case Op::kHalt:
      halted_ = true;
      return true;
    case Op::kJump:
      at_ = i.immediate;
      return true;
    case Op::kBranch:
      at_ = scalar(i.a) != 0 ? i.immediate : at_ + 1;
      return true;
    case Op::kBranchZero:
      at_ = scalar(i.a) == 0 ? i.immediate : at_ + 1;
      return true;
    case Op::kRepeat:
      begin_loop(i.immediate);
      return true;
    case Op::kRepeatScalar:
      begin_loop(std::min<u64>(scalar(i.a), i.immediate));
      return true;
    case Op::kBreak:
      if (loops_.empty()) throw BrokenPromise{"breaks out of no loop"};
      if (scalar(i.a) == 0) {
        ++at_;
      } else {
        at_ = loops_.back().end + 1;
        loops_.pop_back();
      }
      return true;
    case Op::kEnd:
      if (loops_.empty() || loops_.back().end != at_) throw BrokenPromise{"ends no open loop"};
      if (--loops_.back().runs_left > 0) {
        at_ = loops_.back().begin;
      } else {
        loops_.pop_back();
        ++at_;
      }
      return true;
    default:
      return false;
  }
}

}  // namespace vyre::oracle
