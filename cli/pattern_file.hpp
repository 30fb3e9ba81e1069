#pragma once

#include <string>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::cli {

/// The lines of a file of patterns, without "\n" or "\r\n"; an empty line is an empty pattern. "-"
/// is standard input. Error: Syscall naming the file.
Result<std::vector<std::string>> read_pattern_file(const std::string& path);

}  // namespace vyre::cli
