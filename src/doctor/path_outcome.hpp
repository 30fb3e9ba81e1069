#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "doctor/nvme_tree.hpp"
#include "doctor/roots.hpp"
#include "doctor/row.hpp"
#include "vyre/error.hpp"
#include "vyre/read_path.hpp"

namespace vyre::doctor {

/// Reads a little of what lies at a path by the way that was chosen (never kAuto): what was read,
/// or why it cannot be read so.
using TryPath = std::function<Result<std::string>(PathChoice, const std::string&)>;

/// What came of one such attempt.
struct PathOutcome {
  PathChoice choice;
  std::string path;
  Result<std::string> tried;
};

/// A way that `--require` asked for, on one path.
struct Requirement {
  PathChoice choice;
  /// As the user gave it; empty where no path was given, and any on this machine will do.
  std::string path;
  /// What was read, or why nothing could be.
  Result<std::string> verdict;
};

/// A block or character device is at `path`.
bool is_device(const std::string& path);

/// Tries all ways on each device among `paths`, and those in `required` on every path.
std::vector<PathOutcome> try_paths(std::span<const std::string> paths,
                                   std::span<const PathChoice> required, const TryPath& attempt);

/// "mapped:PATH", "passthrough:PATH", "peer:PATH".
Row outcome_row(const PathOutcome& outcome);

/// Each choice on each path, from the outcomes of try_paths().
std::vector<Requirement> judge_paths(std::span<const PathChoice> required,
                                     std::span<const PathOutcome> outcomes);

/// Each choice on whatever this machine has that it could serve: the namespaces, then, for reads
/// that need no NVMe, the current folder. The first that works is the verdict; where none does, the
/// reasons of all.
std::vector<Requirement> judge_machine(const Roots& roots, const NvmeTree& tree,
                                       std::span<const PathChoice> required,
                                       const TryPath& attempt);

}  // namespace vyre::doctor
