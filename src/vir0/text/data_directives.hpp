#pragma once

#include "vir0/text/assembly.hpp"

// Directives that append bytes to the open table or section.
namespace vyre::vir0::text {

/// `.u8 N, N...` and its like: little-endian numbers.
void read_u8_data(Line& line, const Token& directive);
void read_u16_data(Line& line, const Token& directive);
void read_u32_data(Line& line, const Token& directive);
/// `.hex 00ff10 20`: pairs of hexadecimal digits, perhaps in groups.
void read_hex_data(Line& line, const Token& directive);
/// `.text "..."`: the bytes of the string.
void read_text_data(Line& line, const Token& directive);
/// `.set "..."`: 32 bytes, bit c % 8 of byte c / 8 for each byte c of the string.
void read_set_data(Line& line, const Token& directive);

}  // namespace vyre::vir0::text
