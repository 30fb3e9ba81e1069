#include "scan/confirm/line_printer.hpp"

#include <re2/re2.h>

#include "scan/report/text_format.hpp"

namespace vyre::scan {

void LinePrinter::print(std::string_view path, const Line& line) {
  if (!needs_number()) return;
  text_.clear();
  if (json_) {
    print_json(path, line);
  } else if (mode_ == ScanMode::kOnlyMatching) {
    print_matches(path, line);
  } else {
    print_text(path, line, line.text);
  }
  out_.append(text_);
  // A line may be as long as its file; the next one will not need that much.
  if (text_.capacity() > 1024 * 1024) std::string().swap(text_);
}

void LinePrinter::print_json(std::string_view path, const Line& line) {
  re2::StringPiece match;
  pattern_.Match(line.text, 0, line.text.size(), re2::RE2::UNANCHORED, &match, 1);
  const auto start = static_cast<std::uint64_t>(match.data() - line.text.data());
  append_json_line(text_, path,
                   {.offset = line.offset + start,
                    .line = line.number,
                    .column = start + 1,
                    .match = {match.data(), match.size()}},
                   line.text);
}

// As ripgrep has it: an empty match right after a match is none; a match that begins at the end of
// an unterminated line is not printed; and a line without a printed match is printed whole.
void LinePrinter::print_matches(std::string_view path, const Line& line) {
  const std::size_t starts_end = line.text.size() + (line.terminated ? 1 : 0);
  bool printed = false;
  std::size_t position = 0;
  std::size_t last_end = std::string_view::npos;
  while (position <= line.text.size()) {
    re2::StringPiece match;
    if (!pattern_.Match(line.text, position, line.text.size(), re2::RE2::UNANCHORED, &match, 1)) {
      break;
    }
    const auto start = static_cast<std::size_t>(match.data() - line.text.data());
    const std::size_t end = start + match.size();
    position = match.empty() ? end + 1 : end;
    if (match.empty() && end == last_end) continue;
    last_end = end;
    if (start >= starts_end) break;
    print_text(path, line, {match.data(), match.size()});
    printed = true;
  }
  if (!printed) print_text(path, line, line.text);
}

void LinePrinter::print_text(std::string_view path, const Line& line, std::string_view text) {
  const auto start = static_cast<std::uint64_t>(text.data() - line.text.data());
  append_line(text_, path, line.number,
              byte_offsets_ ? std::optional(line.offset + start) : std::nullopt, text);
}

}  // namespace vyre::scan
