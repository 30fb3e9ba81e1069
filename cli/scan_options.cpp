#include "cli/scan_options.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <utility>

#include "cli/literal_argument.hpp"
#include "cli/pattern_file.hpp"
#include "scan/rules/rule_file.hpp"

namespace vyre::cli {
namespace {

using scan::Dialect;
using scan::PatternSource;
using scan::ScanMode;
using scan::ScanRequest;

// Every regex metacharacter of the line dialect, each of which may stand after a backslash.
std::string escape_literal(std::string_view text) {
  std::string escaped;
  for (const char byte : text) {
    if (std::string_view("\\.+*?()|[]{}^$#&-~").find(byte) != std::string_view::npos) {
      escaped.push_back('\\');
    }
    escaped.push_back(byte);
  }
  return escaped;
}

Status check_conflicts(const ScanOptions& options) {
  const bool rules = !options.rules_file.empty();
  const std::pair<const char*, bool> given[] = {{"-e", !options.patterns.empty()},
                                                {"-f", !options.pattern_files.empty()},
                                                {"-i", options.ignore_case},
                                                {"-F", options.fixed_strings},
                                                {"-c", options.count},
                                                {"-l", options.files_with_matches},
                                                {"-o", options.only_matching},
                                                {"--json", options.json}};
  // Of each pair at most one may be given; "--rules" goes with neither of the first seven.
  for (std::size_t a = 0; a < std::size(given); ++a) {
    if (!given[a].second) continue;
    if (rules && a < 7) {
      return tl::unexpected(
          invalid_argument(fmt::format("--rules and {} cannot be used together", given[a].first),
                           "put all patterns into the rules file, or leave out --rules"));
    }
    for (std::size_t b = a + 1; a >= 4 && b < std::size(given); ++b) {
      if (!given[b].second) continue;
      return tl::unexpected(invalid_argument(
          fmt::format("{} and {} cannot be used together", given[a].first, given[b].first),
          "choose one form of output"));
    }
  }
  return check_stream_arguments(options.stream);
}

Error missing_pattern(const ScanOptions& options) {
  const std::string first = options.paths.empty() ? "PATTERN" : options.paths.front();
  std::string rest;
  for (std::size_t i = 1; i < options.paths.size(); ++i) rest += " " + options.paths[i];
  return invalid_argument("there is nothing to look for",
                          fmt::format("give a pattern with -e, -f or --rules: vyre scan -e '{}'{}",
                                      first, rest.empty() ? " PATH..." : rest));
}

PatternSource line_pattern(const ScanOptions& options, std::string text, std::string name) {
  if (options.fixed_strings) text = escape_literal(text);
  if (options.ignore_case) text.insert(0, "(?i)");
  return {std::move(text), Dialect::kLine, std::move(name)};
}

Result<ScanRequest> rules_request(const ScanOptions& options, InputTexts& inputs,
                                  std::string& warning) {
  const auto text = inputs.next(options.rules_file, &scan::read_rule_file);
  if (!text) return tl::unexpected(text.error());
  auto file = scan::parse_rule_file(**text, options.rules_file);
  if (!file) return tl::unexpected(std::move(file.error()));
  warning = scan::unapplied_keys_warning(*file, options.rules_file);
  ScanRequest request;
  request.mode = ScanMode::kRules;
  request.json = options.json;
  request.rules = std::move(file->rules);
  request.rules_name = options.rules_file;
  return request;
}

ScanMode line_mode(const ScanOptions& options) {
  if (options.count) return ScanMode::kCount;
  if (options.files_with_matches) return ScanMode::kFilesOnly;
  return options.only_matching ? ScanMode::kOnlyMatching : ScanMode::kLines;
}

}  // namespace

void declare_scan_options(CLI::App& command, ScanOptions& options) {
  const CLI::Validator literal(CLI::Validator(
      [](std::string& argument) {
        argument = unmark_literal(std::move(argument));
        return std::string();
      },
      ""));
  command.add_option("-e,--regexp", options.patterns, "A pattern to look for; may be repeated")
      ->allow_extra_args(false)
      ->transform(literal)
      ->type_name("PATTERN");
  command
      .add_option("-f,--file", options.pattern_files,
                  "Patterns from a file, one per line (- is standard input); may be repeated")
      ->allow_extra_args(false)
      ->transform(literal)
      ->type_name("FILE");
  command
      .add_option("--rules", options.rules_file,
                  "Rules from a TOML file, each matched over whole files")
      ->transform(literal)
      ->type_name("FILE");
  command.add_flag("-i,--ignore-case", options.ignore_case, "Letters match in both cases");
  command.add_flag("-F,--fixed-strings", options.fixed_strings,
                   "Patterns are literal text, not regular expressions");
  command.add_flag("-c,--count", options.count, "Print PATH:COUNT of matching lines");
  command.add_flag("-l,--files-with-matches", options.files_with_matches,
                   "Print only the paths of files with a match");
  command.add_flag("-o,--only-matching", options.only_matching,
                   "Print each match instead of its line");
  // A string by type, since the parser takes other literals for variables.
  const std::string offsets =
      "Print the byte offset of each line or match; the default where a path is a device, unless "
      "--no-byte-offset";
  command.add_flag("-b,--byte-offset,!--no-byte-offset", offsets)
      ->each([&options](const std::string& given) { options.byte_offset = given == "true"; });
  command.add_flag("--json", options.json, "Print JSON Lines");
  command.add_flag("--stats", options.stats, "Print what was read and found to standard error");
  command
      .add_option("--output", options.output,
                  "Write results to a file instead of standard output; it is not searched itself")
      ->allow_extra_args(false)
      ->transform(literal)
      ->type_name("FILE");
  command
      .add_option("--checkpoint", options.checkpoint,
                  "Keep account in FILE of what is done: after a kill, a crash or Ctrl-C the same "
                  "command goes on where it was. Needs --output, or >> to a file")
      ->allow_extra_args(false)
      ->transform(literal)
      ->check(CLI::Validator(
          [](const std::string& given) {
            return given.empty()
                       ? std::string("a checkpoint is kept in a file, and this names none")
                       : std::string();
          },
          ""))
      ->type_name("FILE");
  declare_stream_arguments(command, options.stream);
  command
      .add_option("PATH", options.paths,
                  "Files, directories and devices; the current directory where none")
      ->expected(0, -1)
      ->transform(literal);
}

Result<ScanRequest> make_scan_request(const ScanOptions& options, InputTexts& inputs,
                                      std::string& warning) {
  if (auto checked = check_conflicts(options); !checked) {
    return tl::unexpected(std::move(checked.error()));
  }
  if (!options.rules_file.empty()) return rules_request(options, inputs, warning);
  if (options.patterns.empty() && options.pattern_files.empty()) {
    return tl::unexpected(missing_pattern(options));
  }
  ScanRequest request;
  request.mode = line_mode(options);
  request.json = options.json;
  for (std::size_t i = 0; i < options.patterns.size(); ++i) {
    std::string name = options.patterns.size() == 1 ? "pattern" : fmt::format("pattern {}", i + 1);
    request.patterns.push_back(line_pattern(options, options.patterns[i], std::move(name)));
  }
  for (const std::string& path : options.pattern_files) {
    const auto text = inputs.next(path, &read_pattern_file);
    if (!text) return tl::unexpected(text.error());
    std::vector<std::string> lines = pattern_lines(**text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      request.patterns.push_back(
          line_pattern(options, std::move(lines[i]), fmt::format("{}:{}", path, i + 1)));
    }
  }
  return request;
}

}  // namespace vyre::cli
