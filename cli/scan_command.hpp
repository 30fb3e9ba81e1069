#pragma once

namespace CLI {
class App;
}

namespace vyre::cli {

/// Adds the subcommand `scan`. When it runs it sets `exit_code`: 0 where something matched, 1 where
/// nothing did, 2 where an error occurred (what matched is printed all the same), 130 after Ctrl-C.
/// A reader that goes away ends the scan in silence, with the code of what was found until then.
void add_scan_command(CLI::App& app, int& exit_code);

}  // namespace vyre::cli
