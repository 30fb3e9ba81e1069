#include "scan/report/json_format.hpp"

#include <algorithm>
#include <string>

#include "base/utf8.hpp"
#include "scan/report/text_format.hpp"

namespace vyre::scan {
namespace {

using Object = nlohmann::ordered_json;

Object match_object(std::string_view path, const Finding& finding) {
  Object object;
  object["type"] = "match";
  set_json_string(object, "path", path);
  object["line"] = finding.line;
  object["column"] = finding.column;
  object["offset"] = finding.offset;
  return object;
}

void append_object(std::string& out, const Object& object) {
  out.append(object.dump());
  out.push_back('\n');
}

}  // namespace

void set_json_string(Object& object, const std::string& key, std::string_view value) {
  if (is_utf8(value)) {
    object[key] = value;
  } else {
    object[key + "_bytes"] = base64(value);
  }
}

bool is_utf8(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = base::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t taken = std::min<std::size_t>(3, bytes.size() - i);
    unsigned group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < taken ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out.push_back(k <= taken ? kDigits[group >> (18 - 6 * k) & 63u] : '=');
    }
  }
  return out;
}

void append_json_line(std::string& out, std::string_view path, const Finding& finding,
                      std::string_view text) {
  Object object = match_object(path, finding);
  set_json_string(object, "text", text);
  set_json_string(object, "match", finding.match);
  append_object(out, object);
}

void append_json_finding(std::string& out, std::string_view path, const Finding& finding,
                         std::string_view rule) {
  Object object = match_object(path, finding);
  set_json_string(object, "rule", rule);
  set_json_string(object, "match", finding.match);
  append_object(out, object);
}

void append_json_error(std::string& out, std::string_view path, const Error& error) {
  Object object;
  object["type"] = "error";
  set_json_string(object, "path", path);
  object["code"] = to_string(error.code);
  set_json_string(object, "message", error.message());
  append_object(out, object);
}

}  // namespace vyre::scan
