#pragma once

#include <cstddef>
#include <string_view>

namespace vyre::base {

/// Bytes of the well-formed UTF-8 sequence at the front of `text`, 1..4; 0 where there is none.
std::size_t utf8_length(std::string_view text) noexcept;

}  // namespace vyre::base
