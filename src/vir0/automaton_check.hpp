#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>

namespace vyre::vir0 {

/// Largest automaton table, in bytes: 65535 states with rows of 256 fit.
inline constexpr std::size_t kMaxTableBytes = std::size_t{64} << 20;

/// Why the bytes are not a table that the kernel may walk without further checks (layout in
/// wire/automaton_table.hpp); none where they are. Proves that every offset, class, transition,
/// member and check stays inside the table, and that the state after any `window` bytes does not
/// depend on the state before them. Cost: window passes over the transitions at worst.
std::optional<std::string> automaton_problem(std::span<const std::byte> table);

}  // namespace vyre::vir0
