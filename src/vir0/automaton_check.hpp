#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

#include "wire/platform.hpp"

namespace vyre::vir0 {

/// Largest automaton table, in bytes: 65535 states with rows of 256 fit.
inline constexpr std::size_t kMaxTableBytes = std::size_t{64} << 20;

/// Why the bytes are not a table that the kernel may walk without further checks (layout in
/// wire/automaton_table.hpp); none where they are. Proves that every offset, class, transition,
/// member and check stays inside the table, and that the state after any `window` bytes does not
/// depend on the state before them. Cost: window passes over the transitions at worst.
std::optional<std::string> automaton_problem(std::span<const std::byte> table);

/// What one position of a tile can cost at most.
struct AutomatonCost {
  /// Records: most members of an accepting state.
  u64 members = 0;
  /// Steps of their checks: greatest sum of the limits over an accepting state's members.
  u64 check_steps = 0;
};

/// Of a table that has no automaton_problem.
AutomatonCost automaton_cost(std::span<const std::byte> table);

}  // namespace vyre::vir0
