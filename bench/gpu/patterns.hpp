#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace vyre::bench::gpu {

/// Automaton tables of patterns in RE2 syntax, as `vyre scan` makes them.
using Tables = std::vector<std::vector<std::byte>>;

/// What `vyre scan -e` runs for one literal.
Tables literal_table(const std::string& literal);

/// What `vyre scan --rules FILE` runs.
Tables rule_tables(const std::string& rules_file);

}  // namespace vyre::bench::gpu
