#pragma once

#include <re2/re2.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "scan/automata/compile.hpp"
#include "scan/confirm/rule_plan.hpp"
#include "scan/confirm/rule_windows.hpp"
#include "scan/confirm/scan_totals.hpp"
#include "scan/pattern/pattern_source.hpp"
#include "scan/report/error_log.hpp"
#include "scan/report/output_sink.hpp"
#include "scan/rules/rule_file.hpp"
#include "vyre/chunk.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// What is printed.
enum class ScanMode {
  kLines,         ///< PATH:LINE:TEXT for every line with a match.
  kOnlyMatching,  ///< PATH:LINE:MATCH for every match in a line.
  kCount,         ///< PATH:COUNT of matching lines, for files with any.
  kFilesOnly,     ///< PATH of files with any match.
  kRules,         ///< PATH:LINE:COLUMN: RULE-ID: MATCH for every match of every rule.
};

struct ScanRequest {
  ScanMode mode = ScanMode::kLines;
  /// JSON Lines instead of text; only with kLines and kRules.
  bool json = false;
  /// Text has the byte offset of each line or match, behind its numbers. JSON has it always.
  bool byte_offsets = false;
  /// For all modes but kRules; of Dialect::kLine. One alternation, the first that matches wins.
  std::vector<PatternSource> patterns;
  /// For kRules.
  std::vector<Rule> rules;
  /// Named in errors about `rules`.
  std::string rules_name;
};

/// One scan: the compiled patterns, and where results go. Shared by all rings; the only mutable
/// parts are thread-safe.
class ScanJob {
 public:
  /// Compiles the patterns. Errors: InvalidArgument naming the pattern or rule, the place and the
  /// reason. `sink` and `errors` outlive the job.
  static Result<std::unique_ptr<ScanJob>> create(ScanRequest request, OutputSink& sink,
                                                 ErrorLog& errors);

  /// Automaton tables for the program that finds candidates; empty where every pattern is `always`.
  [[nodiscard]] std::span<const std::vector<std::byte>> tables() const noexcept;

  /// The consumer of one ring. Outlived by the job; destroyed before totals are final.
  std::unique_ptr<ChunkConsumer> make_consumer();

  /// True once output cannot be written: the feed may end early.
  [[nodiscard]] bool stopped() const noexcept { return sink_.closed(); }
  /// What has been counted up to now; exact once all consumers are gone. Thread-safe.
  [[nodiscard]] ScanTotals totals() const;

 private:
  friend class LineScanner;
  friend class RuleScanner;
  ScanJob(ScanRequest request, OutputSink& sink, ErrorLog& errors);
  Status compile_lines();
  Status compile_rules();
  Status plan_rules(std::span<const PatternSource> patterns);

  /// Match starts before it are decided after `chunk` for every rule with a length limit.
  [[nodiscard]] std::uint64_t bounded_starts(const ChunkSpan& chunk) const noexcept {
    return decided_starts(slowest_, chunk);
  }

  struct CompiledRule {
    /// Place in the rules file.
    std::uint32_t order = 0;
    RulePlan plan;
    /// Null for a rule that reports the file itself.
    std::unique_ptr<re2::RE2> content;
    /// Null where the rule applies to every path.
    std::unique_ptr<re2::RE2> path;
  };

  ScanRequest request_;
  OutputSink& sink_;
  ErrorLog& errors_;
  CompiledPatterns compiled_;
  /// All line patterns as one alternation.
  std::unique_ptr<re2::RE2> alternation_;
  bool every_line_ = false;
  /// By pattern index.
  std::vector<CompiledRule> rules_;
  /// Rules that report the file itself.
  std::vector<CompiledRule> path_rules_;
  /// Indices of rules that need no candidate.
  std::vector<std::uint32_t> always_rules_;
  /// The greatest numbers of all bounded rules.
  RulePlan slowest_;

  mutable std::mutex counters_mutex_;
  std::vector<std::unique_ptr<ScanCounters>> counters_;
};

}  // namespace vyre::scan
