#pragma once

#include <string>
#include <vector>

#include "runtime/replay/log_records.hpp"

namespace vyre::runtime::replay {

/// Lines that a difference has at most, and one more that counts the others.
inline constexpr std::size_t kMostWords = 16;

/// What differs, a line for each word; empty where nothing does. `program` names the results.
std::vector<std::string> differences(const Program& program, const OutcomeRecord& recorded,
                                     const OutcomeRecord& now);
/// The same of two windows of one length.
std::vector<std::string> window_differences(const Program& program,
                                            const std::vector<u32>& recorded,
                                            const std::vector<u32>& now);

}  // namespace vyre::runtime::replay
