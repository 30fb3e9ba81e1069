#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "wire/automaton_table.hpp"

namespace vyre::bench::gpu::hand {

/// An automaton's find table rearranged for a walk: a row of 256 next states for each state, so
/// that a step is one look-up, and the states that a sample visits most first. Accepting states
/// keep their numbers.
struct DfaRows {
  std::vector<u16> rows;
  u32 states = 0;
  u32 first_accept = 0;
  u32 start = 0;
  u32 window = 0;
};

/// `table` is a verified one of wire/automaton_table.hpp.
DfaRows make_rows(std::span<const std::byte> table, std::span<const u8> sample);

}  // namespace vyre::bench::gpu::hand
