#pragma once

#include <string>
#include <string_view>

namespace vyre::base {

/// Appends `bytes` as a JSON string, quotes included. Bytes that are no UTF-8 become U+FFFD, one
/// each.
void append_json_string(std::string& out, std::string_view bytes);

}  // namespace vyre::base
