#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `doctor [--json] [--require WAY]... [PATH]...`. When it runs it prints its
/// report and sets `exit_code` to 0 where `vyre scan` works on this machine and every way to read
/// that was required works too, else to 1.
void add_doctor_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
