#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "scan/automata/find_builder.hpp"

namespace vyre::scan {

/// What the table says of a pattern: its check among `checks`, or wire::kNoCheck.
struct TableInput {
  const FindAutomaton& find;
  /// By pattern: index into `checks`, or wire::kNoCheck.
  std::span<const u32> check_of_pattern;
  std::span<const Dfa> checks;
  u32 check_limit;
};

/// A table of wire/automaton_table.hpp. It holds the checks that its members name, each once.
std::vector<std::byte> write_table(const TableInput& input);

}  // namespace vyre::scan
