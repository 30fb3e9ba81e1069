#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"

namespace vyre::cli {

/// A file of patterns; "-" is standard input. Error: Syscall naming the file.
Result<std::string> read_pattern_file(const std::string& path);

/// Its lines, without "\n" or "\r\n"; an empty line is an empty pattern.
std::vector<std::string> pattern_lines(std::string_view text);

}  // namespace vyre::cli
