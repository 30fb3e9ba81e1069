#pragma once

#include <string_view>

#include "vyre/error.hpp"
#include "vyre/source.hpp"

namespace vyre::cli {

/// FIRST:COUNT, two decimal numbers. InvalidArgument for another form, for no blocks, and where the
/// sum does not fit 64 bits.
Result<BlockRange> parse_block_range(std::string_view text);

}  // namespace vyre::cli
