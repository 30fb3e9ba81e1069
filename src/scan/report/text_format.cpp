#include "scan/report/text_format.hpp"

#include <fmt/format.h>

#include <iterator>

namespace vyre::scan {

void append_line(std::string& out, std::string_view path, std::uint64_t line,
                 std::string_view text) {
  const fmt::format_int number(line);
  out.append(path).push_back(':');
  out.append(number.data(), number.size()).push_back(':');
  out.append(text).push_back('\n');
}

void append_count(std::string& out, std::string_view path, std::uint64_t count) {
  const fmt::format_int number(count);
  out.append(path).push_back(':');
  out.append(number.data(), number.size()).push_back('\n');
}

void append_finding(std::string& out, std::string_view path, const Finding& finding,
                    std::string_view rule) {
  out.append(path);
  fmt::format_to(std::back_inserter(out), ":{}:{}: ", finding.line, finding.column);
  append_escaped(out, rule);
  out.append(": ");
  append_escaped(out, finding.match);
  out.push_back('\n');
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char byte : text) {
    const auto code = static_cast<unsigned char>(byte);
    if (byte == '\\') {
      out.append("\\\\");
    } else if (code >= 0x20 && code != 0x7F) {
      out.push_back(byte);
    } else if (byte == '\n') {
      out.append("\\n");
    } else if (byte == '\r') {
      out.append("\\r");
    } else if (byte == '\t') {
      out.append("\\t");
    } else {
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", code);
    }
  }
}

}  // namespace vyre::scan
