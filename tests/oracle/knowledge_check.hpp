#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tests/oracle/naive_run.hpp"
#include "vir0/verifier_value.hpp"
#include "vyre/program.hpp"

namespace vyre::oracle {

/// Holds what the verifier knows about registers before each instruction against the registers that
/// a naive run really has there: not only where an access follows from it.
class KnowledgeCheck {
 public:
  /// The program must be one that verify() accepts.
  explicit KnowledgeCheck(const Program& program);

  /// For run_naive; lives as long as this.
  NaiveObserver observer();
  /// The first thing that was not so.
  [[nodiscard]] const std::optional<std::string>& problem() const { return problem_; }

 private:
  void look(u32 at, const NaiveTile& tile, const NaiveRegisters& registers);
  void look_at_scalars(u32 at, const NaiveTile& tile, const NaiveRegisters& registers);
  void look_at_vectors(u32 at, const NaiveTile& tile, const NaiveRegisters& registers);
  void look_at_bases(u32 at, const NaiveRegisters& registers);
  void look_at_masks(u32 at, const NaiveTile& tile, const NaiveRegisters& registers);
  void look_at_fact(u32 at, const NaiveTile& tile, const NaiveRegisters& registers,
                    const Mask& lanes, const vir0::MaskFacts& facts, const std::string& name);
  void report(u32 at, const std::string& what);

  /// By instruction.
  std::vector<vir0::RegisterState> known_;
  std::optional<std::string> problem_;
};

}  // namespace vyre::oracle
