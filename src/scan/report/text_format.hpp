#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "vyre/error.hpp"

// How results look, as text and as JSON Lines. All functions append to `out`; none fails.
namespace vyre::scan {

/// A match of a rule, or the first match of a line.
struct Finding {
  /// Of the match's first byte in the file or device.
  std::uint64_t offset = 0;
  /// Both 1-based, in bytes.
  std::uint64_t line = 1;
  std::uint64_t column = 1;
  std::string_view match;
};

/// PATH:LINE:TEXT and a newline, or PATH:LINE:OFFSET:TEXT where an offset is given. Bytes are
/// written as they are.
void append_line(std::string& out, std::string_view path, std::uint64_t line,
                 std::optional<std::uint64_t> offset, std::string_view text);

/// PATH:COUNT and a newline.
void append_count(std::string& out, std::string_view path, std::uint64_t count);

/// PATH:LINE:COLUMN: RULE: MATCH and a newline, the match escaped; with `byte_offset`
/// PATH:LINE:COLUMN:OFFSET: RULE: MATCH.
void append_finding(std::string& out, std::string_view path, const Finding& finding,
                    std::string_view rule, bool byte_offset);

/// Escapes so that the result has no control bytes and can be undone: a backslash is doubled, a
/// newline, return and tab become \n, \r, \t, other bytes below 0x20 and 0x7F become \xHH; every
/// other byte, UTF-8 or not, stays.
void append_escaped(std::string& out, std::string_view text);

/// {"type":"match", path, line, column, offset, text, match} for a line's first match.
void append_json_line(std::string& out, std::string_view path, const Finding& finding,
                      std::string_view text);
/// {"type":"match", path, line, column, offset, rule, match}.
void append_json_finding(std::string& out, std::string_view path, const Finding& finding,
                         std::string_view rule);
/// {"type":"error", path, code, message}.
void append_json_error(std::string& out, std::string_view path, const Error& error);

// In JSON, a string KEY whose bytes are not UTF-8 is "KEY_bytes" in base64 instead.

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;
[[nodiscard]] std::string base64(std::string_view bytes);

}  // namespace vyre::scan
