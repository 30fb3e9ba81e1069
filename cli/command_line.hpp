#pragma once

namespace vyre::cli {

/// Parses the arguments, runs the subcommand and returns the process's exit code; 2 for a command
/// line that makes no sense, with what was probably meant.
int run_command_line(int argc, const char* const* argv);

}  // namespace vyre::cli
