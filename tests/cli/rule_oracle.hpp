#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "scan/rules/rule_file.hpp"

namespace vyre::testing {

/// Every match of every rule over the whole content of every file, as `vyre scan --rules` prints
/// it: PATH:LINE:COLUMN: RULE: MATCH; with RE2 in place of all that vyre does. On two threads.
std::set<std::string> matches_of(const std::vector<scan::Rule>& rules,
                                 const std::vector<std::filesystem::path>& files);

}  // namespace vyre::testing
