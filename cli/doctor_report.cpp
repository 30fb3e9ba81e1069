#include "cli/doctor_report.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "cli/statistics_text.hpp"

namespace vyre::cli {
namespace {

// A longer name, of a long path, does not move the other rows' columns.
constexpr std::size_t kWidestName = 28;

std::string verdict(const doctor::Report& report) {
  if (!report.healthy || !report.backend) {
    return "`vyre scan` does not work here; see the unavailable rows.";
  }
  const BackendDescription& backend = *report.backend;
  if (backend.kind == BackendKind::kCpu) return "`vyre scan` works here, on the CPU backend.";
  return fmt::format("`vyre scan` works here, on the CUDA backend: {}.", backend.name);
}

std::string requirements_text(const doctor::Report& report) {
  std::string text;
  for (const doctor::Requirement& wanted : report.requirements) {
    const std::string where = wanted.path.empty() ? "on this machine" : "on " + wanted.path;
    if (wanted.verdict) {
      text +=
          fmt::format("{} is available {}: {}\n", to_string(wanted.choice), where, *wanted.verdict);
      continue;
    }
    text += fmt::format("{} is not available {}: {}\n", to_string(wanted.choice), where,
                        wanted.verdict.error().what);
    if (!wanted.verdict.error().fix.empty()) {
      text += fmt::format("  fix: {}\n", wanted.verdict.error().fix);
    }
  }
  return text.empty() ? text : text + "\n";
}

nlohmann::ordered_json requirements_json(const doctor::Report& report) {
  nlohmann::ordered_json requirements = nlohmann::ordered_json::array();
  for (const doctor::Requirement& wanted : report.requirements) {
    nlohmann::ordered_json entry{{"require", to_string(wanted.choice)},
                                 {"available", wanted.verdict.has_value()}};
    if (!wanted.path.empty()) entry["path"] = wanted.path;
    entry["evidence"] = wanted.verdict ? *wanted.verdict : wanted.verdict.error().what;
    entry["fix"] = wanted.verdict ? std::string() : wanted.verdict.error().fix;
    requirements.push_back(std::move(entry));
  }
  return requirements;
}

/// "feature" of "feature:nodrop"; empty for rows that are told one by one.
std::string_view group_of(const doctor::Row& row) {
  for (const std::string_view group : {"feature", "opcode", "flag"}) {
    if (row.name.starts_with(std::string(group) + ":")) return group;
  }
  return {};
}

/// What the kernel's io_uring has is many small things: those that are there share a line.
std::string group_text(std::span<const doctor::Row> rows, std::string_view group,
                       std::size_t width) {
  std::string names;
  for (const doctor::Row& row : rows) {
    if (group_of(row) != group || row.state != doctor::State::kAvailable) continue;
    if (!names.empty()) names += ", ";
    names += row.name.substr(group.size() + 1);
  }
  return fmt::format("{:<{}}  {:<11}  {}\n", fmt::format("{}:*", group), width, "available", names);
}

std::string row_text(const doctor::Row& row, std::size_t width) {
  return fmt::format("{:<{}}  {:<11}  {}\n", row.name, width, doctor::to_string(row.state),
                     row.evidence);
}

/// What the rows mean and what to do; `next` is the row behind, which may have the same to say.
std::string meaning_text(const doctor::Row& row, const doctor::Row* next, std::size_t width) {
  if (next != nullptr && next->consequence == row.consequence && next->fix == row.fix) return {};
  const std::string indent(width + 15, ' ');
  std::string text;
  if (!row.consequence.empty()) text += fmt::format("{}so:  {}\n", indent, row.consequence);
  if (!row.fix.empty()) text += fmt::format("{}fix: {}\n", indent, row.fix);
  return text;
}

}  // namespace

std::string doctor_text(const doctor::Report& report) {
  std::size_t width = 0;
  for (const doctor::Row& row : report.rows) width = std::max(width, row.name.size());
  width = std::min(width, kWidestName);
  std::string text = requirements_text(report);
  std::string_view last_group;
  for (std::size_t i = 0; i < report.rows.size(); ++i) {
    const doctor::Row& row = report.rows[i];
    const std::string_view group = group_of(row);
    if (group.empty() || row.state != doctor::State::kAvailable) {
      text += row_text(row, width);
      text += meaning_text(row, i + 1 < report.rows.size() ? &report.rows[i + 1] : nullptr, width);
    } else if (group != last_group) {
      text += group_text(report.rows, group, width);
      last_group = group;
    }
  }
  return text + "\n" + verdict(report) + "\n";
}

std::string doctor_json(const doctor::Report& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const doctor::Row& row : report.rows) {
    rows.push_back({{"name", row.name},
                    {"state", doctor::to_string(row.state)},
                    {"required", row.required},
                    {"evidence", row.evidence},
                    {"consequence", row.consequence},
                    {"fix", row.fix}});
  }
  nlohmann::ordered_json document;
  if (!report.requirements.empty()) document["requirements"] = requirements_json(report);
  document["healthy"] = report.healthy;
  document["rows"] = std::move(rows);
  if (report.backend) document["backend"] = backend_json(*report.backend);
  // A path may be no UTF-8; its bytes are then replaced, since JSON has no way to hold them.
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace vyre::cli
