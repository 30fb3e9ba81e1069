#include "cli/command_line.hpp"

#include <fmt/format.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <cstdio>
#include <string>
#include <vector>

#include "base/suggestion.hpp"
#include "cli/asm_command.hpp"
#include "cli/disasm_command.hpp"
#include "cli/doctor_command.hpp"
#include "cli/exit_status.hpp"
#include "cli/literal_argument.hpp"
#include "cli/replay_command.hpp"
#include "cli/run_command.hpp"
#include "cli/scan_command.hpp"
#include "cli/verify_command.hpp"

namespace vyre::cli {
namespace {

const CLI::App* chosen_command(const CLI::App& app) {
  const auto chosen = app.get_subcommands();
  return chosen.empty() ? nullptr : chosen.front();
}

std::vector<std::string> option_names(const CLI::App& command) {
  std::vector<std::string> names;
  for (const CLI::Option* option : command.get_options()) {
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  return names;
}

std::vector<std::string> command_names(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : app.get_subcommands([](const CLI::App*) { return true; })) {
    names.push_back(command->get_name());
  }
  return names;
}

// "unknown option --jsn; did you mean --json?", from the first argument that found no place.
std::string unknown_argument(const CLI::App& app, const std::string& argument) {
  const CLI::App* command = chosen_command(app);
  const bool option = argument.size() > 1 && argument.front() == '-';
  std::vector<std::string> known = option_names(command != nullptr ? *command : app);
  if (!option) known = command_names(app);
  std::string text = fmt::format("unknown {} '{}'", option ? "option" : "command", argument);
  const std::string word = argument.substr(0, option ? argument.find('=') : argument.size());
  if (const std::string meant = base::closest_match(word, known); !meant.empty()) {
    text += fmt::format("; did you mean {}?", meant);
  }
  return text;
}

// In the parser's order, which is last first.
std::vector<std::string> arguments_of(int argc, const char* const* argv) {
  std::vector<std::string> arguments;
  for (int i = argc - 1; i > 0; --i) arguments.push_back(mark_literal(argv[i]));
  return arguments;
}

int usage_error(const CLI::App& app, const std::string& message) {
  const CLI::App* command = chosen_command(app);
  const std::string name = command != nullptr ? "vyre " + command->get_name() : "vyre";
  fmt::print(stderr, "vyre: {}\nTry '{} --help'.\n", message, name);
  return kFailed;
}

}  // namespace

int run_command_line(int argc, const char* const* argv) {
  int exit_code = 0;
  CLI::App app("Streams files into a persistent kernel and finds what matches.", "vyre");
  app.set_version_flag("--version", "vyre " VYRE_VERSION);
  add_scan_command(app, exit_code);
  add_run_command(app, exit_code);
  add_replay_command(app, exit_code);
  add_asm_command(app, exit_code);
  add_disasm_command(app, exit_code);
  add_verify_command(app, exit_code);
  add_doctor_command(app, exit_code);
  try {
    app.parse(arguments_of(argc, argv));
  } catch (const CLI::Success& asked) {
    return app.exit(asked);
  } catch (const CLI::ExtrasError&) {
    const std::vector<std::string> unknown = app.remaining(true);
    return usage_error(app, unknown.empty()
                                ? "unknown argument"
                                : unknown_argument(app, unmark_literal(unknown.front())));
  } catch (const CLI::ParseError& error) {
    return usage_error(app, error.what());
  }
  if (chosen_command(app) != nullptr) return exit_code;
  fmt::print(stderr, "{}", app.help());
  return kFailed;
}

}  // namespace vyre::cli
