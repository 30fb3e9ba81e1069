#pragma once

#include <span>
#include <string>
#include <vector>

#include "doctor/row.hpp"

namespace vyre::doctor {

struct Report {
  std::vector<Row> rows;
  /// No required row is unavailable: `vyre scan` works on the CPU backend.
  bool healthy = false;
};

/// True where no required row is unavailable.
bool is_healthy(std::span<const Row> rows) noexcept;

/// Looks at the running machine, and at the file system under each path. Takes some milliseconds,
/// leaves nothing behind, never fails: what cannot be found out is a row that says so.
Report diagnose(std::span<const std::string> paths);

}  // namespace vyre::doctor
