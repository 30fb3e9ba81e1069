#include "vir0/verifier_loops.hpp"

#include "vir0/saturating.hpp"

namespace vyre::vir0 {
namespace {

constexpr u32 kFirstVector = kScalarRegisters;
constexpr u32 kFirstMask = kScalarRegisters + kVectorRegisters;

/// The register that an instruction writes, numbered over all kinds; -1 where there is none.
int written_register(const InstructionInfo& row, const Instruction& i) {
  switch (row.dst) {
    case OperandKind::kScalarOut:
    case OperandKind::kScalarInOut:
      return i.dst;
    case OperandKind::kVectorOut:
      return static_cast<int>(kFirstVector + i.dst);
    case OperandKind::kMaskOut:
      return static_cast<int>(kFirstMask + i.dst);
    default:
      return -1;
  }
}

bool counts(const Instruction& i) {
  return (i.op == Op::kScalarAddImmediate || i.op == Op::kVectorAddImmediate) && i.dst == i.a;
}

/// How often `at` runs at most in one run of the body of `loop`, which is around it.
u64 runs_per_body(const Code& code, u32 at, u32 loop) {
  u64 runs = 1;
  for (u32 inner = code.loop[at]; inner != loop; inner = code.loop[inner]) {
    runs = saturating_multiply(runs, code.instructions[inner].immediate);
  }
  return runs;
}

/// `start` after 0 to `times` additions of `step`.
Interval counted(const Interval& start, u32 step, u64 times, Width width) {
  const i64 signed_step = static_cast<std::int32_t>(step);
  const u64 size = static_cast<u64>(signed_step < 0 ? -signed_step : signed_step);
  const u64 change = saturating_multiply(size, times);
  if (signed_step >= 0) {
    if (change > width.most - start.high) return width.all();
    return {start.low, start.high + change};
  }
  if (change > start.low) return width.all();
  return {start.low - change, start.high};
}

}  // namespace

LoopEffects::LoopEffects(const Code& code) : body_at_(code.size()) {
  std::vector<u32> open;
  for (u32 at = 0; at < code.size(); ++at) {
    if (begins_loop(code.instructions[at].op)) {
      body_at_[at] = static_cast<u32>(bodies_.size());
      open.push_back(body_at_[at]);
      bodies_.emplace_back();
    } else if (code.instructions[at].op == Op::kEnd) {
      open.pop_back();
    } else {
      for (const u32 body : open) record(code, at, bodies_[body]);
    }
  }
}

void LoopEffects::record(const Code& code, u32 at, Body& body) {
  const int written = written_register(*code.rows[at], code.instructions[at]);
  if (written < 0) return;
  const auto index = static_cast<std::size_t>(written);
  body.writers[index] = body.writers[index] == 0 ? 1 : 2;
  body.writer[index] = at;
}

const LoopEffects::Body& LoopEffects::body_of(u32 repeat) const {
  return bodies_[body_at_[repeat]];
}

void LoopEffects::widen(const Code& code, u32 repeat, Transfer& transfer,
                        RegisterState& state) const {
  const Body& body = body_of(repeat);
  const Instruction& loop = code.instructions[repeat];
  u64 most_runs = loop.immediate;
  if (loop.op == Op::kRepeatScalar) {
    most_runs = std::min(most_runs, state.scalars[loop.a].range.high);
  }
  const u64 runs_before_last = most_runs == 0 ? 0 : most_runs - 1;
  const auto widened = [&](std::size_t index, const Interval& start, Width width) {
    const u32 writer = body.writer[index];
    const Instruction& i = code.instructions[writer];
    if (body.writers[index] != 1 || !counts(i)) return width.all();
    const u64 per_run = runs_per_body(code, writer, repeat);
    return counted(start, i.immediate, saturating_multiply(runs_before_last, per_run), width);
  };
  for (std::size_t i = 0; i < kRegisters; ++i) {
    if (body.writers[i] == 0) continue;
    if (i < kFirstVector) {
      state.scalars[i] = {widened(i, state.scalars[i].range, kScalarWidth), std::nullopt};
    } else if (i < kFirstMask) {
      VectorValue& vector = state.vectors[i - kFirstVector];
      vector = {
          {widened(i, vector.value.range, kLaneWidth), std::nullopt}, transfer.fresh_base(), 0};
    } else {
      state.masks[i - kFirstMask] = {};
    }
  }
}

}  // namespace vyre::vir0
