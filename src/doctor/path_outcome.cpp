#include "doctor/path_outcome.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vyre::doctor {
namespace {

constexpr std::array kWays = {PathChoice::kMapped, PathChoice::kPassthrough, PathChoice::kPeer};

bool is_among(PathChoice choice, std::span<const PathChoice> choices) {
  return std::find(choices.begin(), choices.end(), choice) != choices.end();
}

/// Where the machine as a whole is asked.
std::vector<std::string> places(const Roots& roots, const NvmeTree& tree, PathChoice choice) {
  std::vector<std::string> found;
  if (choice != PathChoice::kMapped) {
    for (const NvmeNamespace& space : tree.namespaces) {
      found.push_back(fmt::format("{}/{}", roots.dev, space.generic));
    }
  }
  if (choice != PathChoice::kPassthrough) found.emplace_back(".");
  return found;
}

/// A reason, and where it was met.
struct Obstacle {
  std::string reason;
  std::vector<std::string> paths;
};

void add_obstacle(std::vector<Obstacle>& obstacles, std::string reason, const std::string& path) {
  for (Obstacle& known : obstacles) {
    if (known.reason == reason) return known.paths.push_back(path);
  }
  obstacles.push_back({std::move(reason), {path}});
}

std::string told(const std::vector<Obstacle>& obstacles) {
  std::vector<std::string> texts;
  for (const Obstacle& obstacle : obstacles) {
    texts.push_back(fmt::format("{} ({})", obstacle.reason, fmt::join(obstacle.paths, ", ")));
  }
  return fmt::format("{}", fmt::join(texts, "; "));
}

Result<std::string> first_that_works(PathChoice choice, std::span<const std::string> paths,
                                     const TryPath& attempt) {
  if (paths.empty()) {
    return tl::unexpected(
        unavailable("this machine has no NVMe namespace",
                    "NVMe commands need an NVMe drive; files are read with `--path mapped`"));
  }
  std::vector<Obstacle> obstacles;
  std::string fix;
  for (const std::string& path : paths) {
    auto tried = attempt(choice, path);
    if (tried) return tried;
    add_obstacle(obstacles, std::move(tried.error().what), path);
    if (fix.empty()) fix = std::move(tried.error().fix);
  }
  return tl::unexpected(unavailable(told(obstacles), std::move(fix)));
}

}  // namespace

bool is_device(const std::string& path) {
  struct stat status {};
  return ::stat(path.c_str(), &status) == 0 && (S_ISBLK(status.st_mode) || S_ISCHR(status.st_mode));
}

std::vector<PathOutcome> try_paths(std::span<const std::string> paths,
                                   std::span<const PathChoice> required, const TryPath& attempt) {
  std::vector<PathOutcome> outcomes;
  for (const std::string& path : paths) {
    const bool all = is_device(path);
    for (const PathChoice way : kWays) {
      if (all || is_among(way, required)) outcomes.push_back({way, path, attempt(way, path)});
    }
  }
  return outcomes;
}

Row outcome_row(const PathOutcome& outcome) {
  std::string name = fmt::format("{}:{}", to_string(outcome.choice), outcome.path);
  if (outcome.tried) return available_row(std::move(name), *outcome.tried);
  return unavailable_row(std::move(name),
                         {outcome.tried.error().what,
                          fmt::format("`--path {}` is an error there", to_string(outcome.choice)),
                          outcome.tried.error().fix});
}

std::vector<Requirement> judge_paths(std::span<const PathChoice> required,
                                     std::span<const PathOutcome> outcomes) {
  std::vector<Requirement> judged;
  for (const PathOutcome& outcome : outcomes) {
    if (is_among(outcome.choice, required)) {
      judged.push_back({outcome.choice, outcome.path, outcome.tried});
    }
  }
  return judged;
}

std::vector<Requirement> judge_machine(const Roots& roots, const NvmeTree& tree,
                                       std::span<const PathChoice> required,
                                       const TryPath& attempt) {
  std::vector<Requirement> judged;
  for (const PathChoice way : kWays) {
    if (!is_among(way, required)) continue;
    judged.push_back({way, {}, first_that_works(way, places(roots, tree, way), attempt)});
  }
  return judged;
}

}  // namespace vyre::doctor
