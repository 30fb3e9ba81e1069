#pragma once

#include <optional>
#include <span>

#include "scan/automata/dfa.hpp"
#include "scan/automata/tail.hpp"

namespace vyre::scan {

inline constexpr u32 kRejectState = 0;
inline constexpr u32 kAcceptState = 1;

/// The check automaton of some tails: deterministic, anchored, forward. State 0 rejects for good,
/// state 1 accepts at once; it has at most `max_states` (2 or more) states, and a text that leads
/// further accepts. Nothing where it would reject hardly anything.
std::optional<Dfa> build_check(TailPool& tails, std::span<const TailId> starts, u32 max_states);

}  // namespace vyre::scan
