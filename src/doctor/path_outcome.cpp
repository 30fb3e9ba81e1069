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

Result<std::string> first_that_works(PathChoice choice, std::span<const std::string> paths,
                                     const TryPath& attempt) {
  std::vector<std::string> reasons;
  std::string fix;
  for (const std::string& path : paths) {
    auto tried = attempt(choice, path);
    if (tried) return tried;
    reasons.push_back(std::move(tried.error().what));
    if (fix.empty()) fix = std::move(tried.error().fix);
  }
  if (paths.empty()) {
    reasons.emplace_back("this machine has no NVMe namespace");
    fix = "NVMe commands need an NVMe drive; files are read with `--path mapped`";
  }
  return tl::unexpected(unavailable(fmt::format("{}", fmt::join(reasons, "; ")), std::move(fix)));
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
