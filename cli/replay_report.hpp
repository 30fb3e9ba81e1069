#pragma once

#include <string>

#include "vyre/replay.hpp"

namespace vyre::cli {

/// For people: what was run again, and the first difference in several lines. What comes out of the
/// log is escaped.
std::string replay_text(const std::string& log, const ReplayReport& report);
/// {"type":"replay", ...} and a newline.
std::string replay_json(const std::string& log, const ReplayReport& report);
/// One line for the terminal while it runs.
std::string replay_progress_text(std::uint64_t slots, std::uint64_t bytes, double seconds);

}  // namespace vyre::cli
