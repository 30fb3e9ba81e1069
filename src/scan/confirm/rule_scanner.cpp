#include "scan/confirm/rule_scanner.hpp"

#include <re2/re2.h>

#include <algorithm>
#include <limits>
#include <string_view>
#include <tuple>
#include <utility>

#include "scan/report/text_format.hpp"

namespace vyre::scan {
namespace {

constexpr std::uint64_t kEverything = std::numeric_limits<std::uint64_t>::max();

bool earlier(const RuleMatch& a, const RuleMatch& b) {
  return std::tie(a.offset, a.rule) < std::tie(b.offset, b.rule);
}

ChunkSpan span_of(const ChunkView& chunk) {
  return {.begin = chunk.file_offset,
          .own_begin = chunk.file_offset + chunk.own_begin,
          .own_end = chunk.file_offset + chunk.own_end,
          .end = chunk.file_offset + chunk.bytes.size(),
          .last = chunk.last};
}

}  // namespace

/// RE2 over windows of the file, each byte beyond a window visible to assertions.
class RuleScanner::Search final : public WindowSearch {
 public:
  Search(RuleScanner& scanner, const re2::RE2& regex, std::uint32_t rule, const ChunkSpan& chunk)
      : scanner_(scanner), regex_(regex), rule_(rule), chunk_(chunk) {}

  Status search(RuleProgress& progress, std::uint64_t begin, std::uint64_t end,
                std::uint64_t starts_end) override {
    std::uint64_t position = std::max(begin, progress.position);
    // One byte of context on each side, where the file has one.
    std::uint64_t text_begin = chunk_.begin;
    std::uint64_t text_end = chunk_.end;
    if (position < text_begin || (position == text_begin && position > 0)) {
      text_begin = position - std::min<std::uint64_t>(position, 1);
      text_end = chunk_.last && end == chunk_.end ? end : end + 1;
    }
    const auto text = scanner_.text_.view(text_begin, text_end);
    if (!text) return tl::unexpected(text.error());
    // The file may have shrunk since.
    end = std::min(end, text_begin + text->size());
    while (position <= end && position < starts_end) {
      re2::StringPiece match;
      ++scanner_.delta_.confirmations;
      if (!regex_.Match(*text, static_cast<std::size_t>(position - text_begin),
                        static_cast<std::size_t>(end - text_begin), re2::RE2::UNANCHORED, &match,
                        1)) {
        break;
      }
      const std::uint64_t start =
          text_begin + static_cast<std::uint64_t>(match.data() - text->data());
      if (start >= starts_end) break;
      scanner_.found_.push_back({.offset = start,
                                 .rule = rule_,
                                 .line = 0,
                                 .column = 0,
                                 .text = std::string(match.data(), match.size())});
      position = start + std::max<std::size_t>(match.size(), 1);
      progress.position = position;
    }
    return {};
  }

 private:
  RuleScanner& scanner_;
  const re2::RE2& regex_;
  std::uint32_t rule_;
  const ChunkSpan& chunk_;
};

RuleScanner::RuleScanner(const ScanJob& job, ScanCounters& counters)
    : job_(job), counters_(counters), out_(job.sink_), rules_(job.rules_.size()) {}

void RuleScanner::on_chunk(const ChunkView& chunk) {
  delta_.bytes += chunk.own_end - chunk.own_begin;
  delta_.candidates += chunk.records.size();
  if (chunk.first) begin_file(chunk.file);
  finished_ = chunk.last;
  end_ = chunk.file_offset + chunk.own_end;
  if (!job_.stopped() && !failed_) scan(chunk.file, &chunk, span_of(chunk));
  publish();
}

void RuleScanner::begin_file(const StreamedFile& file) {
  out_.begin_file(file);
  begun_ = true;
  positions_.reset();
  for (const ScanJob::CompiledRule& rule : job_.path_rules_) {
    if (!re2::RE2::PartialMatch(file.path(), *rule.path)) continue;
    found_.push_back({.offset = 0, .rule = rule.order, .line = 1, .column = 1, .text = {}});
  }
}

void RuleScanner::scan(const StreamedFile& file, const ChunkView* chunk, const ChunkSpan& span) {
  const bool whole = chunk != nullptr && chunk->first && chunk->last;
  const bool overflow = chunk != nullptr && chunk->overflow;
  text_.use(file, chunk);
  candidates_.clear();
  if (chunk != nullptr) group_candidates(*chunk);
  if (whole && !overflow) {
    scan_sparse(file, span);
  } else {
    streamed_ = true;
    scan_all(file, span, overflow);
  }
  if (!found_.empty()) locate(file);
  if (span.last || failed_) {
    print(file, kEverything);
    return;
  }
  print(file, job_.bounded_starts(span));
  if (auto advanced = positions_.advance(span.own_end, text_); !advanced) {
    fail(file, advanced.error());
  }
}

void RuleScanner::group_candidates(const ChunkView& chunk) {
  for (const Record& record : chunk.records) {
    if (record.value >= rules_.size()) continue;
    candidates_.push_back({record.value, chunk.file_offset + record.offset});
  }
  std::sort(candidates_.begin(), candidates_.end());
}

// A file of one chunk: only rules with candidates, and those that need none, cost anything.
void RuleScanner::scan_sparse(const StreamedFile& file, const ChunkSpan& span) {
  const auto scan_once = [&](std::uint32_t rule, std::span<const std::uint64_t> offsets,
                             bool dense) {
    scan_rule(file, rule, span, offsets, dense);
    rules_[rule] = {};
  };
  for (std::size_t i = 0; i < candidates_.size();) {
    const std::uint32_t rule = candidates_[i].rule;
    offsets_.clear();
    for (; i < candidates_.size() && candidates_[i].rule == rule; ++i) {
      offsets_.push_back(candidates_[i].offset);
    }
    scan_once(rule, offsets_, false);
  }
  for (const std::uint32_t rule : job_.always_rules_) scan_once(rule, {}, true);
}

void RuleScanner::scan_all(const StreamedFile& file, const ChunkSpan& span, bool overflow) {
  std::size_t next = 0;
  for (std::uint32_t rule = 0; rule < rules_.size(); ++rule) {
    offsets_.clear();
    for (; next < candidates_.size() && candidates_[next].rule == rule; ++next) {
      offsets_.push_back(candidates_[next].offset);
    }
    const bool dense = overflow || job_.rules_[rule].plan.always;
    if (dense || !offsets_.empty() || rules_[rule].progress.carried) {
      scan_rule(file, rule, span, offsets_, dense);
    }
  }
}

void RuleScanner::scan_rule(const StreamedFile& file, std::uint32_t index, const ChunkSpan& span,
                            std::span<const std::uint64_t> candidates, bool dense) {
  if (failed_ || !applies(file, index)) return;
  const ScanJob::CompiledRule& rule = job_.rules_[index];
  Search search(*this, *rule.content, rule.order, span);
  const Status done =
      advance_rule(rule.plan, rules_[index].progress, candidates, dense, span, text_, search);
  if (!done) fail(file, done.error());
}

bool RuleScanner::applies(const StreamedFile& file, std::uint32_t index) {
  const ScanJob::CompiledRule& rule = job_.rules_[index];
  if (!rule.path) return true;
  Applies& known = rules_[index].applies;
  if (known == Applies::kUnknown) {
    const bool matches = re2::RE2::PartialMatch(file.path(), *rule.path);
    known = matches ? Applies::kYes : Applies::kNo;
  }
  return known == Applies::kYes;
}

void RuleScanner::locate(const StreamedFile& file) {
  std::sort(found_.begin(), found_.end(), earlier);
  if (auto located = positions_.locate(found_, text_); located) {
    delta_.matches += found_.size();
    const auto middle = static_cast<std::ptrdiff_t>(held_.size());
    held_.insert(held_.end(), std::make_move_iterator(found_.begin()),
                 std::make_move_iterator(found_.end()));
    std::inplace_merge(held_.begin(), held_.begin() + middle, held_.end(), earlier);
  } else {
    fail(file, located.error());
  }
  found_.clear();
}

// Prints what begins before `before`, where no match to come can begin.
void RuleScanner::print(const StreamedFile& file, std::uint64_t before) {
  std::size_t printed = 0;
  for (; printed < held_.size() && held_[printed].offset < before; ++printed) {
    const RuleMatch& match = held_[printed];
    const Finding finding{file.first_offset() + match.offset, match.line, match.column, match.text};
    const std::string& id = job_.request_.rules[match.rule].id;
    line_.clear();
    if (job_.request_.json) {
      append_json_finding(line_, file.path(), finding, id);
    } else {
      append_finding(line_, file.path(), finding, id, job_.request_.byte_offsets);
    }
    out_.append(line_);
  }
  matched_ |= printed > 0;
  held_.erase(held_.begin(), held_.begin() + static_cast<std::ptrdiff_t>(printed));
}

void RuleScanner::on_read_error(const StreamedFile& file, const Error& error) {
  report(file, error);
}

void RuleScanner::on_file_end(const StreamedFile& file, const Error* error) {
  if (error != nullptr) report(file, *error);
  const bool unread = !begun_ && error != nullptr;
  if (!begun_) begin_file(file);
  if (!finished_ && !unread && !job_.stopped()) {
    scan(file, nullptr,
         {.begin = end_, .own_begin = end_, .own_end = end_, .end = end_, .last = true});
  } else if (!found_.empty()) {
    locate(file);
    print(file, kEverything);
  }
  ++delta_.files;
  if (matched_) ++delta_.files_with_matches;
  delta_.bytes_read_again += text_.take_bytes_read_again();
  publish();
  out_.end_file(file.mark(), std::exchange(file_totals_, {}));
  text_.trim();
  if (streamed_) std::fill(rules_.begin(), rules_.end(), RuleState{});
  found_.clear();
  held_.clear();
  end_ = 0;
  begun_ = finished_ = streamed_ = failed_ = matched_ = false;
}

void RuleScanner::publish() {
  counters_.publish(delta_);
  file_totals_ += std::exchange(delta_, {});
}

void RuleScanner::fail(const StreamedFile& file, const Error& error) {
  if (!std::exchange(failed_, true)) report(file, error);
}

void RuleScanner::report(const StreamedFile& file, const Error& error) {
  ++delta_.errors;
  job_.errors_.report(file.path(), error);
  if (!job_.request_.json) return;
  line_.clear();
  append_json_error(line_, file.path(), error);
  out_.append(line_);
}

}  // namespace vyre::scan
