#pragma once

#include <array>
#include <optional>
#include <vector>

#include "scan/automata/compile.hpp"
#include "scan/automata/tail.hpp"

namespace vyre::scan {

inline constexpr u32 kMaxFactorLength = 16;

/// A string of byte sets, and what is left of the pattern after it.
struct FactorString {
  std::array<SetId, kMaxFactorLength> sets{};
  u32 length = 0;
  TailId after = kEndTail;
};

/// A required factor: every match contains one of the strings, beginning at most `left_max` bytes
/// after the match's begin and ending at most `right_max` bytes before its end, and goes on with
/// that string's `after`. The same sets may occur with several tails.
struct Factor {
  std::vector<FactorString> strings;
  u64 left_max = 0;
  u64 right_max = 0;
  /// Expected occurrences per byte of text.
  double rate = 0;
  /// What the choice minimises: work per byte of text, of candidates and of automaton size.
  double cost = 0;

  [[nodiscard]] u32 longest() const;
};

}  // namespace vyre::scan
