#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace vyre::scan {

/// Adds `value` under `key`, or, where its bytes are not UTF-8, in base64 under `key`_bytes.
void set_json_string(nlohmann::ordered_json& object, const std::string& key,
                     std::string_view value);

}  // namespace vyre::scan
