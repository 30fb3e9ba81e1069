#pragma once

#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "wire/outcome.hpp"

namespace vyre::testing {

/// The records of a table over a whole chunk, by the reference meaning in
/// wire/automaton_table.hpp, one byte after the other.
std::vector<wire::Record> reference_scan(std::span<const std::byte> table, std::string_view chunk);

}  // namespace vyre::testing
