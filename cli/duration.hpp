#pragma once

#include <chrono>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::cli {

/// A decimal number and its unit, as in "500ms", "1.5s", "2m", "1h"; more than nothing, and a day
/// at most. InvalidArgument otherwise.
Result<std::chrono::nanoseconds> parse_duration(std::string_view text);

}  // namespace vyre::cli
