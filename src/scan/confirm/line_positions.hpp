#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "scan/confirm/file_text.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// A confirmed match of a rule.
struct RuleMatch {
  /// Of its first byte in the file.
  std::uint64_t offset = 0;
  /// The rule's place in the rules file.
  std::uint32_t rule = 0;
  /// 1-based, in bytes; set by LinePositions.
  std::uint64_t line = 0;
  std::uint64_t column = 0;
  std::string text;
};

/// Turns file offsets into lines and columns, counting newlines as the chunks of a file pass.
class LinePositions {
 public:
  void reset() noexcept { here_ = {}; }
  /// Sets line and column of `matches`, ascending by offset. What lies before the bytes passed so
  /// far (a match may begin before the own part) is counted back. Error: reading again failed.
  Status locate(std::span<RuleMatch> matches, FileText& text) const;
  /// Moves past the own part that ends at `end`.
  Status advance(std::uint64_t end, FileText& text) { return advance(here_, end, text); }

 private:
  struct Point {
    std::uint64_t offset = 0;
    std::uint64_t newlines = 0;
    /// First byte of the line that holds `offset`.
    std::uint64_t line_start = 0;
  };
  static Status advance(Point& point, std::uint64_t offset, FileText& text);
  static Status retreat(Point& point, std::uint64_t offset, FileText& text);

  Point here_;
};

}  // namespace vyre::scan
