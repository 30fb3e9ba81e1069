#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "scan/confirm/scan_totals.hpp"
#include "vyre/backend.hpp"
#include "vyre/statistics.hpp"

namespace vyre::cli {

/// All that a finished scan can tell about itself.
struct ScanReport {
  scan::ScanTotals totals;
  SessionStatistics session;
  BackendDescription backend;
  std::uint64_t directories = 0;
  std::uint64_t errors = 0;
  double seconds = 0;
  /// Processes that it took; `session` is of the last one, all else of all.
  std::uint64_t runs = 1;
  /// Of them, those that went on where the one before had lost its device, in this command.
  std::uint64_t restarts = 0;
  /// The paths that the user gave.
  std::span<const std::string> given = {};
};

/// For people, several lines.
std::string statistics_text(const ScanReport& report);
/// {"type":"stats", ...} and a newline.
std::string statistics_json(const ScanReport& report);
/// One line for the terminal while the scan runs.
std::string progress_text(const scan::ScanTotals& totals, double seconds);

}  // namespace vyre::cli
