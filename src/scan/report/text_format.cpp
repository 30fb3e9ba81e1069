#include "scan/report/text_format.hpp"

#include <fmt/format.h>

#include "base/append_format.hpp"

namespace vyre::scan {
namespace {

void append_number(std::string& out, std::uint64_t number) {
  const fmt::format_int text(number);
  out.append(text.data(), text.size()).push_back(':');
}

}  // namespace

void append_line(std::string& out, std::string_view path, std::uint64_t line,
                 std::optional<std::uint64_t> offset, std::string_view text) {
  out.append(path).push_back(':');
  append_number(out, line);
  if (offset) append_number(out, *offset);
  out.append(text).push_back('\n');
}

void append_count(std::string& out, std::string_view path, std::uint64_t count) {
  const fmt::format_int number(count);
  out.append(path).push_back(':');
  out.append(number.data(), number.size()).push_back('\n');
}

void append_finding(std::string& out, std::string_view path, const Finding& finding,
                    std::string_view rule, bool byte_offset) {
  out.append(path).push_back(':');
  append_number(out, finding.line);
  append_number(out, finding.column);
  if (byte_offset) append_number(out, finding.offset);
  out.push_back(' ');
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
      base::append_format(out, "\\x{:02x}", code);
    }
  }
}

}  // namespace vyre::scan
