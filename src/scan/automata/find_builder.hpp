#pragma once

#include <optional>
#include <span>
#include <vector>

#include "scan/automata/dfa.hpp"
#include "scan/automata/factor_trie.hpp"
#include "scan/automata/term.hpp"

namespace vyre::scan {

/// The unanchored automaton "one of these strings ends here". State 0 is the start; the states that
/// accept come last, each with the patterns whose string ends there, ascending.
struct FindAutomaton {
  Dfa dfa;
  u32 window = 0;
  u32 first_accept = 0;
  /// By accepting state, from first_accept on.
  std::vector<std::vector<u32>> patterns;
};

/// Builds the automaton of some strings; nothing where it has more than `max_states` states or its
/// table more than `max_bytes`.
std::optional<FindAutomaton> build_find(const TermPool& terms, std::span<const FactorEntry> entries,
                                        u32 max_states, std::size_t max_bytes);

}  // namespace vyre::scan
