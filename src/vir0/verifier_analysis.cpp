#include "vir0/verifier_analysis.hpp"

namespace vyre::vir0 {

void RangeAnalysis::advance() {
  const Instruction& i = code_.instructions[at_];
  const InstructionInfo& row = *code_.rows[at_];
  if (row.immediate == ImmediateKind::kTarget) arrive(i.immediate);
  if (i.op == Op::kBreak || i.op == Op::kRepeatScalar) arrive(code_.partner[at_] + 1);
  if (begins_loop(i.op)) loops_.widen(code_, at_, transfer_, state_);
  transfer_.run(row, i, state_);
  ++at_;
  if (done() || !arriving_[at_]) return;
  if (i.op == Op::kHalt || i.op == Op::kJump) {
    state_ = *arriving_[at_];
  } else {
    join_into(state_, *arriving_[at_]);
  }
  spare_.push_back(std::move(arriving_[at_]));
}

void RangeAnalysis::arrive(u32 target) {
  auto& known = arriving_[target];
  if (known) {
    join_into(*known, state_);
  } else if (spare_.empty()) {
    known = std::make_unique<RegisterState>(state_);
  } else {
    known = std::move(spare_.back());
    spare_.pop_back();
    *known = state_;
  }
}

void RangeAnalysis::join_into(RegisterState& known, const RegisterState& other) {
  for (u32 i = 0; i < kScalarRegisters; ++i) {
    known.scalars[i] = join(known.scalars[i], other.scalars[i]);
  }
  for (u32 i = 0; i < kVectorRegisters; ++i) {
    VectorValue& vector = known.vectors[i];
    const VectorValue& same = other.vectors[i];
    const bool one_base = vector.base == same.base && vector.delta == same.delta;
    vector.value = join(vector.value, same.value);
    if (one_base) continue;
    vector.base = transfer_.fresh_base();
    vector.delta = 0;
  }
  for (u32 i = 0; i < kMaskRegisters; ++i) {
    vir0::join_into(known.masks[i], other.masks[i]);
  }
}

}  // namespace vyre::vir0
