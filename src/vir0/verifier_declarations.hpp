#pragma once

#include <vector>

#include "vir0/verifier_code.hpp"

namespace vyre::vir0 {

struct DeclarationTotals {
  /// How each result word combines, by index.
  std::vector<Combine> result_words;
  /// End of the last declared window.
  u32 window_words = 0;
  bool has_state_window = false;
};

/// Checks all of a program but its code: sizes, names, ranges, symbols, sections. A rejection names
/// no instruction.
Result<DeclarationTotals> check_declarations(const Program& program);

}  // namespace vyre::vir0
