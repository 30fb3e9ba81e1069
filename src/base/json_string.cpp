#include "base/json_string.hpp"

#include "base/append_format.hpp"
#include "base/utf8.hpp"

namespace vyre::base {

void append_json_string(std::string& out, std::string_view bytes) {
  constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
  out.push_back('"');
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    const char first = bytes.front();
    if (length == 0) {
      out += kReplacement;
    } else if (first == '"' || first == '\\') {
      out.push_back('\\');
      out.push_back(first);
    } else if (static_cast<unsigned char>(first) < 0x20) {
      base::append_format(out, "\\u{:04x}", static_cast<unsigned char>(first));
    } else {
      out += bytes.substr(0, length);
    }
    bytes.remove_prefix(length == 0 ? 1 : length);
  }
  out.push_back('"');
}

}  // namespace vyre::base
