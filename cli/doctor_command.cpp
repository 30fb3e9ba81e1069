#include "cli/doctor_command.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "cli/literal_argument.hpp"
#include "cli/statistics_text.hpp"
#include "doctor/diagnose.hpp"

namespace vyre::cli {
namespace {

struct DoctorOptions {
  bool json = false;
  std::vector<std::string> paths;
};

std::string verdict(const doctor::Report& report) {
  if (!report.healthy || !report.backend) {
    return "`vyre scan` does not work here; see the unavailable rows.";
  }
  const BackendDescription& backend = *report.backend;
  if (backend.kind == BackendKind::kCpu) return "`vyre scan` works here, on the CPU backend.";
  return fmt::format("`vyre scan` works here, on the CUDA backend: {}.", backend.name);
}

std::string as_json(const doctor::Report& report) {
  nlohmann::ordered_json rows = nlohmann::ordered_json::array();
  for (const doctor::Row& row : report.rows) {
    rows.push_back({{"name", row.name},
                    {"state", doctor::to_string(row.state)},
                    {"required", row.required},
                    {"evidence", row.evidence},
                    {"consequence", row.consequence},
                    {"fix", row.fix}});
  }
  nlohmann::ordered_json document{{"healthy", report.healthy}, {"rows", rows}};
  if (report.backend) document["backend"] = backend_json(*report.backend);
  // A path may be no UTF-8; its bytes are then replaced, since JSON has no way to hold them.
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string as_text(const doctor::Report& report) {
  std::size_t width = 0;
  for (const doctor::Row& row : report.rows) width = std::max(width, row.name.size());
  std::string text;
  for (const doctor::Row& row : report.rows) {
    text += fmt::format("{:<{}}  {:<11}  {}\n", row.name, width, doctor::to_string(row.state),
                        row.evidence);
    const std::string indent(width + 15, ' ');
    if (!row.consequence.empty()) text += fmt::format("{}so:  {}\n", indent, row.consequence);
    if (!row.fix.empty()) text += fmt::format("{}fix: {}\n", indent, row.fix);
  }
  return text + "\n" + verdict(report) + "\n";
}

}  // namespace

void add_doctor_command(CLI::App& app, int& exit_code) {
  auto options = std::make_shared<DoctorOptions>();
  CLI::App* command =
      app.add_subcommand("doctor", "Tell what this machine offers and what it lacks");
  command->add_flag("--json", options->json, "Print one JSON document");
  command->add_option("PATH", options->paths, "Also look at the file systems under these")
      ->capture_default_str();
  command->callback([options, &exit_code] {
    for (std::string& path : options->paths) path = unmark_literal(std::move(path));
    if (options->paths.empty()) options->paths.emplace_back(".");
    const doctor::Report report = doctor::diagnose(options->paths);
    const std::string text = options->json ? as_json(report) : as_text(report);
    std::fwrite(text.data(), 1, text.size(), stdout);
    exit_code = report.healthy ? 0 : 1;
  });
}

}  // namespace vyre::cli
