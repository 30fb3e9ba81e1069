#pragma once

#include <string>
#include <vector>

#include "cli/stream_arguments.hpp"
#include "vyre/error.hpp"

namespace CLI {
class App;
}

namespace vyre::cli {

/// The arguments of `vyre run`, as given.
struct RunOptions {
  std::string program;
  std::vector<std::string> paths;
  /// NAME=VALUE[,VALUE...], each.
  std::vector<std::string> settings;
  /// NAME=PATH, each.
  std::vector<std::string> resources;
  bool json = false;
  bool no_records = false;
  bool raw = false;
  bool stats = false;
  bool interpret = false;
  StreamArguments stream;
};

/// Declares the options on `command`; parsing fills `options`, which outlives the command.
void declare_run_options(CLI::App& command, RunOptions& options);

/// InvalidArgument naming two options that conflict.
Status check_run_options(const RunOptions& options);

}  // namespace vyre::cli
