#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `asm [-o OUT] [--no-verify] IN`: text form to binary form. It sets
/// `exit_code` to 0, to 1 where the program is wrong, to 2 where a file cannot be read or written.
void add_asm_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
