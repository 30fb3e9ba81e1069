#include "scan/automata/compile.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "scan/automata/check_builder.hpp"
#include "scan/automata/factor_finder.hpp"
#include "scan/automata/find_builder.hpp"
#include "scan/automata/relaxer.hpp"
#include "scan/automata/sequence_numbers.hpp"
#include "scan/automata/sorted.hpp"
#include "scan/automata/table_writer.hpp"
#include "scan/pattern/parse.hpp"
#include "scan/pattern/re2_source.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::scan {
namespace {

/// Expected occurrences per byte above which a factor's check is worth many states.
constexpr double kFrequentRate = 2e-4;
/// Share of CompileBudget::check_states that the check of a rare factor gets.
constexpr u32 kRareShare = 6;

class Compiler {
 public:
  explicit Compiler(const CompileBudget& budget)
      : budget_(budget), tails_(terms_), finder_(tails_, budget_), relaxer_(tails_) {}

  Status add(const PatternSource& source) {
    const Result<Ast> ast = parse_pattern(source);
    if (!ast) return tl::unexpected(ast.error());
    if (budget_.validate) {
      if (Status verdict = judge_pattern(source, *ast); !verdict) return verdict;
    }
    Pattern pattern;
    pattern.term = terms_.lower(*ast, source.dialect == Dialect::kLine);
    patterns_.push_back(std::move(pattern));
    choose_factor(static_cast<u32>(patterns_.size() - 1), budget_.factor_length);
    return {};
  }

  CompiledPatterns finish() {
    std::vector<FactorEntry> entries = take_entries();
    // Wide sets blow automata up; sorted to one side, they can be split off.
    std::ranges::stable_sort(entries, {},
                             [this](const FactorEntry& entry) { return width(entry); });
    build_group(std::move(entries));
    CompiledPatterns compiled;
    std::vector<u32> check_of_pattern;
    for (const Pattern& pattern : patterns_) check_of_pattern.push_back(check_of(pattern));
    for (const FindAutomaton& find : finds_) {
      compiled.tables.push_back(
          write_table({find, check_of_pattern, checks_, budget_.check_limit}));
    }
    for (const Pattern& pattern : patterns_) compiled.shapes.push_back(shape_of(pattern));
    return compiled;
  }

 private:
  struct Pattern {
    TermId term = 0;
    u32 max_length = 0;
    /// None: the pattern is `always`.
    std::optional<Factor> factor;
  };

  void choose_factor(u32 index, u32 max_length) {
    Pattern& pattern = patterns_[index];
    pattern.max_length = max_length;
    pattern.factor = finder_.find(pattern.term, max_length);
    if (pattern.factor && pattern.factor->rate > budget_.max_candidate_rate) {
      pattern.factor.reset();
    }
  }

  std::vector<FactorEntry> take_entries() const {
    std::vector<FactorEntry> entries;
    for (u32 index = 0; index < patterns_.size(); ++index) add_entries(index, entries);
    return entries;
  }

  void add_entries(u32 index, std::vector<FactorEntry>& entries) const {
    if (!patterns_[index].factor) return;
    for (const FactorString& string : patterns_[index].factor->strings) {
      entries.push_back({string, index, patterns_[index].max_length});
    }
  }

  [[nodiscard]] unsigned width(const FactorEntry& entry) const {
    unsigned total = 0;
    for (u32 i = 0; i < entry.string.length; ++i) {
      const unsigned size = terms_.set(entry.string.sets[i]).size();
      total += size <= 2 ? 0 : size;
    }
    return total;
  }

  /// Builds one automaton of the entries, or two of their halves, and so on.
  void build_group(std::vector<FactorEntry> entries) {
    std::erase_if(entries, [this](const FactorEntry& entry) {
      return entry.max_length != patterns_[entry.pattern].max_length;
    });
    if (entries.empty()) return;
    if (auto find = build_find(terms_, entries, budget_.find_states, budget_.find_table_bytes)) {
      finds_.push_back(std::move(*find));
      return;
    }
    if (entries.size() > 1) {
      build_apart(std::move(entries));
      return;
    }
    // One string alone exceeds the budget: the whole pattern gets a shorter factor.
    const u32 index = entries.front().pattern;
    choose_factor(index, std::max(1u, patterns_[index].max_length / 2));
    std::vector<FactorEntry> shorter;
    add_entries(index, shorter);
    build_group(std::move(shorter));
  }

  /// The widest entries last: splits few of them off, then more, until the others fit.
  void build_apart(const std::vector<FactorEntry>& entries) {
    for (const std::size_t part : {32u, 8u, 2u}) {
      const std::size_t kept = entries.size() - (entries.size() + part - 1) / part;
      const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(kept);
      const std::vector<FactorEntry> narrow(entries.begin(), middle);
      auto find = build_find(terms_, narrow, budget_.find_states, budget_.find_table_bytes);
      if (find) {
        finds_.push_back(std::move(*find));
        build_group({middle, entries.end()});
        return;
      }
    }
    const auto middle = entries.begin() + static_cast<std::ptrdiff_t>(entries.size() / 2);
    build_group({entries.begin(), middle});
    build_group({middle, entries.end()});
  }

  u32 check_of(const Pattern& pattern) {
    if (!pattern.factor) return wire::kNoCheck;
    std::vector<TailId> starts;
    for (const FactorString& string : pattern.factor->strings) starts.push_back(string.after);
    const bool frequent = pattern.factor->rate > kFrequentRate;
    if (!frequent) {
      for (TailId& start : starts) start = relaxer_.relax(start);
    }
    sort_unique(starts);
    const u32 states = frequent ? budget_.check_states : budget_.check_states / kRareShare;
    std::vector<u32> exact_key = starts;
    exact_key.push_back(states);
    const u32 key = check_keys_.number(exact_key);
    if (key == check_of_key_.size()) {
      std::optional<Dfa> check = build_check(tails_, starts, states);
      check_of_key_.push_back(check ? static_cast<u32>(checks_.size()) : wire::kNoCheck);
      if (check) checks_.push_back(std::move(*check));
    }
    return check_of_key_[key];
  }

  [[nodiscard]] PatternShape shape_of(const Pattern& pattern) const {
    PatternShape shape;
    shape.max_length = terms_[pattern.term].max_length;
    shape.always = !pattern.factor;
    if (pattern.factor) {
      shape.left_max = pattern.factor->left_max;
      shape.right_max = pattern.factor->right_max;
      shape.factor_max = pattern.factor->longest();
    }
    return shape;
  }

  CompileBudget budget_;
  TermPool terms_;
  TailPool tails_;
  FactorFinder finder_;
  Relaxer relaxer_;
  std::vector<Pattern> patterns_;
  std::vector<FindAutomaton> finds_;
  SequenceNumbers check_keys_;
  std::vector<u32> check_of_key_;
  std::vector<Dfa> checks_;
};

constexpr u32 kMaxCheckStates = 16383;

Status check_budget(const CompileBudget& budget) {
  const bool valid = budget.find_states >= 16 && budget.find_states <= wire::kAutomatonMaxStates &&
                     budget.check_states >= 16 && budget.check_states <= kMaxCheckStates &&
                     budget.check_limit >= 1 && budget.check_limit <= wire::kAutomatonMaxLimit &&
                     budget.factor_strings >= 1 && budget.factor_length >= 1 &&
                     budget.factor_length <= kMaxFactorLength &&
                     budget.find_table_bytes >= 16 * 256 * sizeof(u16);
  if (valid) return {};
  return tl::unexpected(invalid_argument("a limit of the pattern compiler is out of its range",
                                         "Keep CompileBudget within its documented ranges."));
}

}  // namespace

Result<CompiledPatterns> compile_patterns(std::span<const PatternSource> patterns,
                                          const CompileBudget& budget) {
  if (const Status valid = check_budget(budget); !valid) return tl::unexpected(valid.error());
  Compiler compiler(budget);
  for (const PatternSource& source : patterns) {
    if (const Status added = compiler.add(source); !added) return tl::unexpected(added.error());
  }
  return compiler.finish();
}

}  // namespace vyre::scan
