#pragma once

#include <map>
#include <utility>

#include "vir0/verifier_code.hpp"
#include "vir0/verifier_value.hpp"

namespace vyre::vir0 {

/// What one instruction does to a RegisterState. Serves one program, whose immediates are checked.
class Transfer {
 public:
  explicit Transfer(const Program& program) : program_(program) {}

  /// Makes `state` that after the instruction, control flow left out.
  void run(const InstructionInfo& row, const Instruction& i, RegisterState& state);

  /// A base that nothing else has.
  u32 fresh_base() { return ++last_base_; }

 private:
  [[nodiscard]] Value scalar_value(const Instruction& i, const RegisterState& state) const;
  [[nodiscard]] Value from_lanes(const Instruction& i, const RegisterState& state) const;
  [[nodiscard]] VectorValue vector_value(const Instruction& i, const RegisterState& state);
  [[nodiscard]] Value loaded_value(const Instruction& i, const RegisterState& state);
  [[nodiscard]] Interval table_range(u32 table, u32 width);

  const Program& program_;
  /// Least and greatest element, by table and width of an element.
  std::map<std::pair<u32, u32>, Interval> table_ranges_;
  u32 last_base_ = kNoBase;
};

/// What a mask instruction gives.
MaskValue mask_value(const Instruction& i, const RegisterState& state);

/// Bytes of an element that the instruction loads from a table, or of a read from the tile.
u32 load_width(Op op);

}  // namespace vyre::vir0
