#pragma once

#include <optional>
#include <vector>

#include "scan/automata/factor.hpp"
#include "scan/automata/factor_walk.hpp"
#include "scan/automata/next_bytes.hpp"

namespace vyre::scan {

/// Finds a pattern's cheapest required factor by trying the places that every match passes and
/// walking on from there.
class FactorFinder {
 public:
  FactorFinder(TailPool& tails, const CompileBudget& budget);

  /// The best factor of the pattern; nothing where it can match the empty string or has none.
  /// `max_length` bounds the strings, 1..kMaxFactorLength.
  std::optional<Factor> find(TermId pattern, u32 max_length);

 private:
  /// A place in the pattern: at most `left` bytes of a match precede it, `rest` follows it. A
  /// factor that costs `bound` or more is of no use there.
  struct Place {
    u64 left;
    TailId rest;
    double bound;
  };
  std::optional<Factor> visit(TermId term, const Place& place);
  std::optional<Factor> visit_concat(TermId concat, const Place& place);
  std::optional<Factor> visit_alternate(TermId alternate, const Place& place);
  std::optional<Factor> visit_repeat(TermId repeat, const Place& place);
  /// The best factor whose strings begin where `term` does.
  std::optional<Factor> walk(TermId term, const Place& place);

  TailPool& tails_;
  std::size_t max_strings_;
  NextByteCache next_bytes_;
  SetWeights weights_;
  u32 max_length_ = kMaxFactorLength;
  u64 work_left_ = 0;
};

}  // namespace vyre::scan
