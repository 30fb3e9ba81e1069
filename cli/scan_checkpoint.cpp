#include "cli/scan_checkpoint.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "scan/report/text_format.hpp"

namespace vyre::cli {
namespace {

using scan::ScanMode;

std::string_view mode_name(ScanMode mode) {
  switch (mode) {
    case ScanMode::kLines:
      return "lines";
    case ScanMode::kOnlyMatching:
      return "matches (-o)";
    case ScanMode::kCount:
      return "counts (-c)";
    case ScanMode::kFilesOnly:
      return "files (-l)";
    case ScanMode::kRules:
      return "findings of rules";
  }
  return "unknown";
}

// One item a line, escaped so that lists that differ never look alike.
void append_item(std::string& text, std::string_view item) {
  if (!text.empty()) text.push_back('\n');
  scan::append_escaped(text, item);
}

std::string rules_text(const std::vector<scan::Rule>& rules) {
  std::string text;
  for (const scan::Rule& rule : rules) {
    append_item(text, rule.id);
    append_item(text, rule.regex);
    append_item(text, rule.path);
  }
  return text;
}

bool any_relative(const std::vector<std::string>& paths) {
  return paths.empty() ||
         std::ranges::any_of(paths, [](const std::string& path) { return !path.starts_with('/'); });
}

}  // namespace

scan::CommandIdentity identity_of(const ScanOptions& options, const scan::ScanRequest& request) {
  scan::CommandIdentity identity;
  identity.add("version", VYRE_VERSION);
  identity.add("form of output",
               fmt::format("{}{}{}", mode_name(request.mode), request.json ? " as JSON" : "",
                           request.byte_offsets ? " with byte offsets" : ""));
  std::string patterns;
  for (const scan::PatternSource& pattern : request.patterns) append_item(patterns, pattern.text);
  identity.add("patterns", patterns);
  identity.add("rules", rules_text(request.rules));
  std::string paths;
  for (const std::string& path : options.paths) append_item(paths, path);
  identity.add("paths", paths);
  if (any_relative(options.paths)) {
    std::error_code ignored;
    identity.add("current directory", std::filesystem::current_path(ignored).native());
  }
  if (options.stream.blocks) {
    identity.add("blocks (--lba)",
                 fmt::format("{}:{}", options.stream.blocks->first, options.stream.blocks->count));
  }
  return identity;
}

Result<std::unique_ptr<scan::Checkpoint>> open_checkpoint(const ScanOptions& options,
                                                          scan::CommandIdentity identity,
                                                          const ScanOutput& output) {
  return scan::Checkpoint::open({.path = options.checkpoint,
                                 .output = output.descriptor(),
                                 .output_name = output.name(),
                                 .replace_output = output.own(),
                                 .command = std::move(identity)});
}

std::string resumed_text(const std::string& path, const scan::Recovered& before) {
  const scan::ScanTotals& totals = before.totals;
  return fmt::format("vyre: {}: {}: {} files done, {} matches, {} errors\n", path,
                     before.exit_code ? "the scan is complete" : "going on", totals.files,
                     totals.matches, totals.errors);
}

}  // namespace vyre::cli
