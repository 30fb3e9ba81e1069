#pragma once

#include <cstddef>
#include <string_view>

#include "wire/platform.hpp"

namespace vyre::scan {

/// Bytes of the UTF-8 character that begins with `lead`, which is not ASCII and is valid.
constexpr std::size_t utf8_length(u8 lead) { return lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2; }

/// Offset of the first byte that is not part of well-formed UTF-8, or npos.
std::size_t first_invalid_utf8(std::string_view text);

}  // namespace vyre::scan
