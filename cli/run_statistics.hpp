#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>

#include "cli/run_totals.hpp"
#include "vyre/backend.hpp"
#include "vyre/statistics.hpp"

namespace vyre::cli {

/// All that a finished run can tell about itself.
struct RunReport {
  const RunTotals& totals;
  SessionStatistics session;
  BackendDescription backend;
  std::uint64_t directories = 0;
  std::uint64_t errors = 0;
  double seconds = 0;
  /// The paths that the user gave.
  std::span<const std::string> given = {};
};

/// For people, several lines.
std::string run_statistics_text(const RunReport& report);
/// {"type":"summary", ...}; `windows` as windows_json() gives it.
std::string run_summary_json(const RunReport& report, const nlohmann::ordered_json& windows);
/// One line for the terminal while the run goes on.
std::string run_progress_text(const RunTotals& totals, double seconds);

}  // namespace vyre::cli
