#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/input_texts.hpp"
#include "cli/stream_arguments.hpp"
#include "scan/confirm/scan_job.hpp"
#include "vyre/error.hpp"

namespace CLI {
class App;
}

namespace vyre::cli {

/// The arguments of `vyre scan`, as given.
struct ScanOptions {
  std::vector<std::string> patterns;
  std::vector<std::string> pattern_files;
  std::string rules_file;
  std::vector<std::string> paths;
  bool ignore_case = false;
  bool fixed_strings = false;
  bool count = false;
  bool files_with_matches = false;
  bool only_matching = false;
  /// Nothing where neither -b nor --no-byte-offset was given.
  std::optional<bool> byte_offset = std::nullopt;
  bool json = false;
  bool stats = false;
  /// Empty: standard output.
  std::string output;
  /// Empty: none is kept.
  std::string checkpoint;
  StreamArguments stream;
};

/// Declares the options on `command`; parsing fills `options`, which outlives the command.
void declare_scan_options(CLI::App& command, ScanOptions& options);

/// What the options ask for, with pattern and rules files read through `inputs`. A file of no lines
/// leaves no pattern. Errors: InvalidArgument naming the options that conflict or the one that is
/// missing; Syscall where a file cannot be read. `warning` receives what the user should know, or
/// nothing.
Result<scan::ScanRequest> make_scan_request(const ScanOptions& options, InputTexts& inputs,
                                            std::string& warning);

}  // namespace vyre::cli
