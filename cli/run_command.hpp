#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds `vyre run`; when it is chosen, parsing runs it and sets `exit_code`.
void add_run_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
