#include "cli/run_options.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/literal_argument.hpp"

namespace vyre::cli {

void declare_run_options(CLI::App& command, RunOptions& options) {
  const CLI::Validator literal(CLI::Validator(
      [](std::string& argument) {
        argument = unmark_literal(std::move(argument));
        return std::string();
      },
      ""));
  command
      .add_option("--set", options.settings,
                  "Words of a window before the run, from its first on; may be repeated")
      ->allow_extra_args(false)
      ->transform(literal)
      ->type_name("NAME=VALUE[,VALUE...]");
  command
      .add_option("--resource", options.resources,
                  "The file or block device that the program loads from by this name; may be "
                  "repeated")
      ->allow_extra_args(false)
      ->transform(literal)
      ->type_name("NAME=PATH");
  command.add_flag("--json", options.json, "Print JSON Lines");
  command.add_flag("--no-records", options.no_records, "Count records instead of printing them");
  command.add_flag("--raw", options.raw, "Print only what the program copies to its output");
  command.add_flag("--stats", options.stats, "Print what was read and run to standard error");
  command.add_flag("--interpret", options.interpret,
                   "On a GPU, interpret the program instead of compiling it first");
  declare_stream_arguments(command, options.stream);
  command.add_option("PROGRAM", options.program, "A program, as text or binary")
      ->required()
      ->transform(literal);
  command
      .add_option("PATH", options.paths,
                  "Files, directories and devices; the current directory where none")
      ->expected(0, -1)
      ->transform(literal);
}

Status check_run_options(const RunOptions& options) {
  const char* other = options.json ? "--json" : options.no_records ? "--no-records" : nullptr;
  if (!options.raw || other == nullptr) return check_stream_arguments(options.stream);
  return tl::unexpected(
      invalid_argument(fmt::format("--raw and {} cannot be used together", other),
                       "--raw prints the program's output and nothing else: leave one out"));
}

}  // namespace vyre::cli
