#include "scan/confirm/scan_job.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <future>
#include <utility>

#include "scan/confirm/line_scanner.hpp"
#include "scan/confirm/regex_list.hpp"
#include "scan/confirm/rule_scanner.hpp"
#include "scan/pattern/re2_source.hpp"

namespace vyre::scan {

ScanJob::ScanJob(ScanRequest request, OutputSink& sink, ErrorLog& errors)
    : request_(std::move(request)), sink_(sink), errors_(errors) {}

Result<std::unique_ptr<ScanJob>> ScanJob::create(ScanRequest request, OutputSink& sink,
                                                 ErrorLog& errors) {
  std::unique_ptr<ScanJob> job(new ScanJob(std::move(request), sink, errors));
  const bool rules = job->request_.mode == ScanMode::kRules;
  if (auto compiled = rules ? job->compile_rules() : job->compile_lines(); !compiled) {
    return tl::unexpected(std::move(compiled.error()));
  }
  return job;
}

Status ScanJob::compile_lines() {
  std::string alternation;
  for (const PatternSource& pattern : request_.patterns) {
    auto source = re2_source(pattern);
    if (!source) return tl::unexpected(std::move(source.error()));
    if (!alternation.empty()) alternation.push_back('|');
    alternation.append("(?:").append(*source).push_back(')');
  }
  if (request_.patterns.empty()) return tl::unexpected(invalid_argument("there is no pattern"));

  // A pattern alone is judged by its own RE2; of several, the compiler says which is refused.
  const bool alone = request_.patterns.size() == 1;
  auto regex = make_re2(alone ? request_.patterns.front()
                              : PatternSource{std::move(alternation), Dialect::kRe2,
                                              "the alternation of all patterns"});
  if (!regex && alone) return tl::unexpected(std::move(regex.error()));
  auto compiled = compile_patterns(request_.patterns, {.validate = !alone});
  if (!compiled) return tl::unexpected(std::move(compiled.error()));
  if (!regex) return tl::unexpected(std::move(regex.error()));
  alternation_ = std::move(*regex);
  compiled_ = std::move(*compiled);
  every_line_ = std::any_of(compiled_.shapes.begin(), compiled_.shapes.end(),
                            [](const PatternShape& shape) { return shape.always; });
  return {};
}

Status ScanJob::compile_rules() {
  std::vector<PatternSource> patterns;
  std::vector<PatternSource> paths;
  for (const Rule& rule : request_.rules) {
    const std::string name =
        fmt::format("rule \"{}\" ({}:{})", rule.id, request_.rules_name, rule.line);
    if (!rule.regex.empty()) patterns.push_back({rule.regex, Dialect::kRe2, name});
    if (!rule.path.empty()) paths.push_back({rule.path, Dialect::kRe2, name + ", its path"});
  }
  // RE2 judges the patterns while the automata are built, which takes about as long.
  auto judged = std::async(std::launch::async, [&] { return make_regexes(patterns); });
  auto compiled = compile_patterns(patterns, {.validate = false});
  auto contents = judged.get();
  if (!contents) return tl::unexpected(std::move(contents.error()));
  if (!compiled) return tl::unexpected(std::move(compiled.error()));
  auto path_regexes = make_regexes(paths);
  if (!path_regexes) return tl::unexpected(std::move(path_regexes.error()));
  compiled_ = std::move(*compiled);

  auto content = contents->begin();
  auto path = path_regexes->begin();
  for (std::uint32_t order = 0; order < request_.rules.size(); ++order) {
    const Rule& rule = request_.rules[order];
    CompiledRule added{.order = order, .plan = {}, .content = nullptr, .path = nullptr};
    if (!rule.path.empty()) added.path = std::move(*path++);
    if (!rule.regex.empty()) added.content = std::move(*content++);
    (added.content ? rules_ : path_rules_).push_back(std::move(added));
  }
  return plan_rules(patterns);
}

Status ScanJob::plan_rules(std::span<const PatternSource> patterns) {
  for (std::uint32_t index = 0; index < patterns.size(); ++index) {
    auto plan = plan_rule(patterns[index], compiled_.shapes[index]);
    if (!plan) return tl::unexpected(std::move(plan.error()));
    rules_[index].plan = *plan;
    if (plan->always) always_rules_.push_back(index);
    if (!plan->bounded) continue;
    slowest_.back = std::max(slowest_.back, plan->back);
    slowest_.length = std::max(slowest_.length, plan->length);
  }
  return {};
}

std::span<const std::vector<std::byte>> ScanJob::tables() const noexcept {
  return compiled_.tables;
}

std::unique_ptr<ChunkConsumer> ScanJob::make_consumer() {
  ScanCounters* counters = nullptr;
  {
    const std::lock_guard lock(counters_mutex_);
    counters = counters_.emplace_back(std::make_unique<ScanCounters>()).get();
  }
  if (request_.mode == ScanMode::kRules) return std::make_unique<RuleScanner>(*this, *counters);
  return std::make_unique<LineScanner>(*this, *counters);
}

ScanTotals ScanJob::totals() const {
  ScanTotals totals;
  const std::lock_guard lock(counters_mutex_);
  for (const auto& counters : counters_) totals += counters->read();
  return totals;
}

}  // namespace vyre::scan
