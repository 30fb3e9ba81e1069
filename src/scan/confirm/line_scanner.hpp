#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "scan/confirm/file_text.hpp"
#include "scan/confirm/line_printer.hpp"
#include "scan/confirm/scan_job.hpp"
#include "scan/confirm/utf16_text.hpp"
#include "scan/report/output_sink.hpp"
#include "vyre/chunk.hpp"

namespace vyre::scan {

/// Confirms candidates line by line, each line once, and prints the lines that match.
///
/// A line is decided in the chunk whose own part holds its newline (or at the end of the file). One
/// with a candidate whose end is not known yet stays pending: two numbers, whatever its length; its
/// bytes outside the chunk are read again only once its end is known. So a file without newlines
/// needs memory for a line only where that line has a candidate.
class LineScanner final : public ChunkConsumer {
 public:
  LineScanner(const ScanJob& job, ScanCounters& counters);

  void on_chunk(const ChunkView& chunk) override;
  void on_read_error(const StreamedFile& file, const Error& error) override;
  void on_file_end(const StreamedFile& file, const Error* error) override;

 private:
  /// All positions are file offsets.
  struct FileState {
    /// First byte of the line that is not decided yet.
    std::uint64_t line_start = 0;
    /// End of the own bytes seen.
    std::uint64_t end = 0;
    /// Newlines before `counted_to`.
    std::uint64_t newlines = 0;
    std::uint64_t counted_to = 0;
    std::uint64_t matched_lines = 0;
    /// The line at `line_start` has a candidate and no end yet.
    bool pending = false;
    /// Nothing that follows can change the output.
    bool done = false;
    /// A failure to read again was reported; one is enough.
    bool failed = false;
  };

  void begin_file(const ChunkView& chunk);
  void scan_every_line(const ChunkView& chunk);
  void scan_candidates(const ChunkView& chunk);
  void end_chunk(const ChunkView& chunk);
  void decide(const StreamedFile& file, const ChunkView* chunk, std::uint64_t end, bool terminated);
  bool matches(std::string_view line);
  void count_match(const StreamedFile& file, const Line& line);
  void scan_utf16(const StreamedFile& file, std::string_view own, bool finish);
  void publish();
  void fail(const StreamedFile& file, const Error& error);
  void report(const StreamedFile& file, const Error& error);

  const ScanJob& job_;
  ScanCounters& counters_;
  /// Counted since the last publish(), and in the current file up to there.
  ScanTotals delta_;
  ScanTotals file_totals_;
  OutputBuffer out_;
  LinePrinter printer_;
  FileText text_;
  FileState state_;
  std::optional<Utf16Text> utf16_;
  /// UTF-8 of a UTF-16 file from `line_start` on.
  std::string transcoded_;
};

}  // namespace vyre::scan
