#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `verify [--json] FILE...`: what the verifier says about programs of either
/// form. It sets `exit_code` to 0 where all are accepted, to 1 where one is rejected, to 2 where a
/// file cannot be read.
void add_verify_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
