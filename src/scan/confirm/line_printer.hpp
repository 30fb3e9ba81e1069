#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scan/confirm/scan_job.hpp"
#include "scan/report/output_sink.hpp"

namespace re2 {
class RE2;
}

namespace vyre::scan {

/// A line as the scanner cut it out of a file.
struct Line {
  /// Without its newline.
  std::string_view text;
  /// Of its first byte, in the file or device.
  std::uint64_t offset = 0;
  /// 1-based.
  std::uint64_t number = 0;
  /// False for a last line without a newline.
  bool terminated = true;
};

/// Prints matching lines in the way of one mode. One per consumer.
class LinePrinter {
 public:
  LinePrinter(const ScanRequest& request, const re2::RE2& pattern, OutputBuffer& out)
      : mode_(request.mode),
        json_(request.json),
        byte_offsets_(request.byte_offsets),
        pattern_(pattern),
        out_(out) {}

  /// Whether `line.number` is ever looked at.
  [[nodiscard]] bool needs_number() const noexcept {
    return mode_ == ScanMode::kLines || mode_ == ScanMode::kOnlyMatching;
  }
  /// `line` has a match; kCount and kFilesOnly print nothing here.
  void print(std::string_view path, const Line& line);

 private:
  void print_json(std::string_view path, const Line& line);
  void print_matches(std::string_view path, const Line& line);
  /// `text` is the line or a part of it.
  void print_text(std::string_view path, const Line& line, std::string_view text);

  ScanMode mode_;
  bool json_;
  bool byte_offsets_;
  const re2::RE2& pattern_;
  OutputBuffer& out_;
  std::string text_;
};

}  // namespace vyre::scan
