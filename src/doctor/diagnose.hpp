#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "doctor/row.hpp"
#include "vyre/backend.hpp"

namespace vyre::doctor {

struct Report {
  std::vector<Row> rows;
  /// No required row is unavailable: `vyre scan` works.
  bool healthy = false;
  /// What `--backend auto` runs on; nothing where no session opens.
  std::optional<BackendDescription> backend;
};

/// True where no required row is unavailable.
bool is_healthy(std::span<const Row> rows) noexcept;

/// Looks at the running machine, and at the file system under each path. Takes some milliseconds,
/// with a GPU as long as CUDA needs to start; leaves nothing behind, never fails: what cannot be
/// found out is a row that says so.
Report diagnose(std::span<const std::string> paths);

}  // namespace vyre::doctor
