#pragma once

#include <span>
#include <string>
#include <vector>

#include "vyre/program.hpp"
#include "wire/platform.hpp"

namespace vyre::vir0::text {

/// How a table's bytes are shown, by what the code uses it for.
enum class DataStyle : u8 { kFree, kText, kSet, kWords16, kWords32 };

/// By table. A style that a table's size does not allow is kFree.
std::vector<DataStyle> table_styles(const Program& program);

/// Appends data directives that give `bytes` again, indented by two columns; none for no bytes.
/// kFree: `.text` where all is printable, else `.hex`.
void append_data(std::string& text, std::span<const std::byte> bytes, DataStyle style);

}  // namespace vyre::vir0::text
