#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `disasm [-o OUT] FILE`: a program of either form as text. It sets
/// `exit_code` to 0, to 1 where the file holds no program, to 2 where a file cannot be read or
/// written.
void add_disasm_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
