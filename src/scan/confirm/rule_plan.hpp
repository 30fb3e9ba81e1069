#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "scan/automata/compile.hpp"
#include "scan/pattern/pattern_source.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// Where the matches that belong to a candidate can lie, from the pattern alone.
///
/// Every match of the pattern holds a candidate, and is made only of the bytes that the pattern
/// names somewhere. So it lies in the window of its candidate: at most `back` bytes before it and
/// `forward` bytes after it where these are bounded, and never across a byte that no match can
/// hold (a stop), which is the bound where there is no number.
struct RulePlan {
  /// Every position is a candidate.
  bool always = false;
  /// Windows end at numbers; else at stops.
  bool bounded = false;
  /// Greatest distance from a match's first byte to its candidate; kUnbounded where none.
  u64 back = 0;
  /// Greatest number of bytes of a match after its candidate; kUnbounded where none.
  u64 forward = 0;
  /// Greatest length of a match; kUnbounded where none.
  u64 length = 0;
  /// By byte: no match can hold it.
  std::array<bool, 256> stops{};
  bool any_stop = false;

  /// First stop in text[from, end), else npos. About 1 ns per byte.
  [[nodiscard]] std::size_t next_stop(std::string_view text, std::size_t from,
                                      std::size_t end) const noexcept;
  /// Last stop in text[from, end), else npos.
  [[nodiscard]] std::size_t last_stop(std::string_view text, std::size_t from,
                                      std::size_t end) const noexcept;
};

/// Longest match whose windows are measured by numbers: what is carried from chunk to chunk and
/// read again at an edge is at most this much. Above it, stops serve better.
inline constexpr u64 kMaxBoundedLength = 64 * 1024;

/// Plans a pattern of Dialect::kRe2 that `shape` belongs to. Error: the pattern does not parse.
Result<RulePlan> plan_rule(const PatternSource& source, const PatternShape& shape);

}  // namespace vyre::scan
