#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `replay [--json] [--threads N] [--backend KIND] [--device WHICH] LOG`. It
/// sets `exit_code` to 0 where all is as recorded, to 1 where something differs, to 2 where the log
/// cannot be replayed.
void add_replay_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
