#pragma once

#include <unordered_map>

#include "scan/automata/tail.hpp"

namespace vyre::scan {

/// Lifts the upper bound of long bounded repeats: the language grows, the automaton shrinks, and
/// more tails become equal.
class Relaxer {
 public:
  explicit Relaxer(TailPool& tails) : tails_(tails) {}

  TailId relax(TailId tail);

 private:
  TermId relax_term(TermId term);

  TailPool& tails_;
  std::unordered_map<TermId, TermId> relaxed_;
};

}  // namespace vyre::scan
