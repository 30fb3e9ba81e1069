#pragma once

#include <memory>

#include "vir0/verifier_loops.hpp"

namespace vyre::vir0 {

/// Walks the code once, in order, and knows before each instruction what holds on every path that
/// leads there. Needs code that check_flow accepted and checked immediates. Cost: a constant per
/// instruction, and one scan of each table that instructions load elements from.
///
///     for (RangeAnalysis ranges(program, code); !ranges.done(); ranges.advance())
///     use(ranges.state());
class RangeAnalysis {
 public:
  RangeAnalysis(const Program& program, const Code& code)
      : code_(code), transfer_(program), loops_(code), arriving_(code.size()) {}

  [[nodiscard]] bool done() const { return at_ == code_.size(); }
  [[nodiscard]] u32 at() const { return at_; }
  [[nodiscard]] const RegisterState& state() const { return state_; }
  void advance();

 private:
  /// Joins the state with what else leads to `target`.
  void arrive(u32 target);
  void join_into(RegisterState& known, const RegisterState& other);

  const Code& code_;
  Transfer transfer_;
  LoopEffects loops_;
  /// What jumps bring, by target.
  std::vector<std::unique_ptr<RegisterState>> arriving_;
  /// Memory of states that are no longer needed.
  std::vector<std::unique_ptr<RegisterState>> spare_;
  RegisterState state_{};
  u32 at_ = 0;
};

}  // namespace vyre::vir0
