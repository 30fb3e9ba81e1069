#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "doctor/nvme_rows.hpp"
#include "doctor/path_outcome.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"
#include "doctor/try_reading.hpp"
#include "vyre/backend.hpp"

namespace vyre::doctor {

struct Question {
  /// Files, folders and devices to look at.
  std::vector<std::string> paths;
  /// What `--require` names, never kAuto.
  std::vector<PathChoice> required;
  /// The requirements are about these paths; else about the machine.
  bool about_paths = false;
  Roots roots = {};
};

/// What is tried on devices, so that tests can do without any.
struct Trials {
  Identify identify = identify_namespace;
  TryPath try_path = try_reading;
};

struct Report {
  std::vector<Row> rows;
  /// No required row is unavailable: `vyre scan` works.
  bool healthy = false;
  /// What `--backend auto` runs on; nothing where no session opens.
  std::optional<BackendDescription> backend;
  /// What was asked for by Question::required, each on each path; those not met first.
  std::vector<Requirement> requirements;
};

/// True where no required row is unavailable.
bool is_healthy(std::span<const Row> rows) noexcept;

/// True where every requirement is met.
bool meets_requirements(const Report& report) noexcept;

/// Looks at the running machine, and at what lies under each path. Takes some tens of milliseconds,
/// with a GPU as long as CUDA needs to start; leaves nothing behind, never fails: what cannot be
/// found out is a row that says so.
Report diagnose(const Question& question, const Trials& trials = {});

}  // namespace vyre::doctor
