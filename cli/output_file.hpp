#pragma once

#include <string>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::cli {

/// Makes `path` hold `bytes`, whole or not at all: they are written beside it and renamed. A link
/// is followed; what is no regular file (a device, a pipe) is written in place. "-" is standard
/// output, where a reader that goes away has had enough. Error: Syscall naming the path, nothing is
/// left behind.
Status write_output(const std::string& path, std::string_view bytes);

}  // namespace vyre::cli
