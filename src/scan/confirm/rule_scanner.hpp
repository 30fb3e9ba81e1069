#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "scan/confirm/file_text.hpp"
#include "scan/confirm/line_positions.hpp"
#include "scan/confirm/rule_windows.hpp"
#include "scan/confirm/scan_job.hpp"
#include "scan/report/output_sink.hpp"
#include "vyre/chunk.hpp"

namespace vyre::scan {

/// Confirms candidates rule by rule over a file's whole content and prints each match.
///
/// A file of one chunk is printed in order of (line, column, rule). So is a file of many chunks,
/// but for rules whose matches have no length limit: theirs come in order for each rule, when they
/// are found, which may be after matches of other rules that lie behind.
///
/// Memory: what a window needs outside the chunk, at most 2 * kMaxBoundedLength; for a rule without
/// a length limit the run of bytes that it can match around a candidate; where it can match any
/// byte (say, [\s\S]{64,}), the file from the candidate to its end.
class RuleScanner final : public ChunkConsumer {
 public:
  RuleScanner(const ScanJob& job, ScanCounters& counters);

  void on_chunk(const ChunkView& chunk) override;
  void on_read_error(const StreamedFile& file, const Error& error) override;
  void on_file_end(const StreamedFile& file, const Error* error) override;

 private:
  enum class Applies : std::uint8_t { kUnknown, kYes, kNo };
  struct RuleState {
    RuleProgress progress;
    Applies applies = Applies::kUnknown;
  };
  class Search;

  void begin_file(const StreamedFile& file);
  void scan(const StreamedFile& file, const ChunkView* chunk, const ChunkSpan& span);
  void group_candidates(const ChunkView& chunk);
  void scan_sparse(const StreamedFile& file, const ChunkSpan& span);
  void scan_all(const StreamedFile& file, const ChunkSpan& span, bool overflow);
  void scan_rule(const StreamedFile& file, std::uint32_t index, const ChunkSpan& span,
                 std::span<const std::uint64_t> candidates, bool dense);
  bool applies(const StreamedFile& file, std::uint32_t index);
  void locate(const StreamedFile& file);
  void print(const StreamedFile& file, std::uint64_t before);
  void publish();
  void fail(const StreamedFile& file, const Error& error);
  void report(const StreamedFile& file, const Error& error);

  const ScanJob& job_;
  ScanCounters& counters_;
  /// Counted since the last publish(), and in the current file up to there.
  ScanTotals delta_;
  ScanTotals file_totals_;
  OutputBuffer out_;
  std::string line_;
  FileText text_;
  LinePositions positions_;
  /// By pattern index.
  std::vector<RuleState> rules_;
  struct Candidate {
    std::uint32_t rule;
    std::uint64_t offset;
    friend auto operator<=>(const Candidate&, const Candidate&) = default;
  };
  std::vector<Candidate> candidates_;
  std::vector<std::uint64_t> offsets_;
  /// Found in this chunk, then held until nothing can come before.
  std::vector<RuleMatch> found_;
  std::vector<RuleMatch> held_;
  /// End of the own bytes seen.
  std::uint64_t end_ = 0;
  bool begun_ = false;
  /// The last chunk was known as such.
  bool finished_ = false;
  /// Rules keep progress from chunk to chunk.
  bool streamed_ = false;
  /// Confirmation cannot go on in this file.
  bool failed_ = false;
  bool matched_ = false;
};

}  // namespace vyre::scan
