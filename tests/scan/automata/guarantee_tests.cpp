#include <gtest/gtest.h>
#include <re2/re2.h>
#include <toml++/toml.h>

#include <algorithm>
#include <filesystem>

#include "scan/automata/compile.hpp"
#include "scan/pattern/parse.hpp"
#include "scan/pattern/re2_source.hpp"
#include "tests/scan/support/naive_matcher.hpp"
#include "tests/scan/support/random_pattern.hpp"
#include "tests/scan/support/reference_scan.hpp"
#include "vir0/automaton_check.hpp"

namespace vyre::scan {
namespace {

using testing::below;
using testing::Random;

struct Match {
  u64 begin;
  u64 end;
};

/// What compile_patterns() promises for one match.
bool promised(const std::vector<wire::Record>& records, u32 pattern, const PatternShape& shape,
              const Match& match) {
  return std::ranges::any_of(records, [&](const wire::Record& record) {
    const u64 end = u64{record.offset} + 1;
    const u64 reach = shape.left_max == kUnbounded ? kUnbounded : shape.factor_max + shape.left_max;
    return record.value == pattern && match.begin <= record.offset && record.offset < match.end &&
           (reach == kUnbounded || end <= match.begin + reach) &&
           (shape.right_max == kUnbounded || match.end <= end + shape.right_max);
  });
}

std::vector<wire::Record> scan(const CompiledPatterns& compiled, std::string_view chunk) {
  std::vector<wire::Record> all;
  for (const auto& table : compiled.tables) {
    const auto records = testing::reference_scan(table, chunk);
    all.insert(all.end(), records.begin(), records.end());
  }
  return all;
}

/// Random budgets, small ones often, so that every cut and every split happens.
CompileBudget random_budget(Random& random) {
  CompileBudget budget;
  budget.validate = false;
  budget.max_candidate_rate = 1;
  if (below(random, 2) == 0) budget.find_states = 16 + static_cast<u32>(below(random, 60));
  if (below(random, 2) == 0) budget.check_states = 16 + static_cast<u32>(below(random, 30));
  if (below(random, 2) == 0) budget.check_limit = 1 + static_cast<u32>(below(random, 8));
  if (below(random, 3) == 0) budget.factor_strings = 1 + static_cast<u32>(below(random, 4));
  if (below(random, 3) == 0) budget.factor_length = 1 + static_cast<u32>(below(random, 5));
  return budget;
}

void expect_no_match_is_missed(unsigned seed, Dialect dialect) {
  Random random(seed);
  std::vector<PatternSource> sources;
  std::vector<Ast> trees;
  while (sources.size() < 1 + seed % 7) {
    const PatternSource source{testing::random_pattern(random, dialect), dialect, {}};
    if (!make_re2(source)) continue;
    sources.push_back(source);
    trees.push_back(*parse_pattern(source));
  }
  const auto compiled = compile_patterns(sources, random_budget(random));
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message();
  for (const auto& table : compiled->tables) {
    ASSERT_EQ(vir0::automaton_problem(table), std::nullopt);
  }
  for (int round = 0; round < 8; ++round) {
    std::string text = testing::random_text(random, dialect, below(random, 10)) +
                       testing::random_match(random, trees[below(random, trees.size())]) +
                       testing::random_text(random, dialect, below(random, 10));
    text.resize(std::min<std::size_t>(text.size(), 50));
    // The text ends with the chunk, or a zero byte follows, or for a line its newline.
    static constexpr std::string_view kAfter[] = {"", std::string_view("\0abab01", 7), "\nab a01"};
    const std::string_view after = kAfter[below(random, dialect == Dialect::kLine ? 3 : 2)];
    const auto records = scan(*compiled, text + std::string(after));
    for (u32 pattern = 0; pattern < sources.size(); ++pattern) {
      const PatternShape& shape = compiled->shapes[pattern];
      const testing::NaiveMatcher naive(trees[pattern], text);
      for (u64 begin = 0; begin <= text.size(); ++begin) {
        for (u64 end = begin; end <= text.size(); ++end) {
          if ((naive.ends(begin) >> end & 1) == 0) continue;
          ASSERT_LE(end - begin, shape.max_length);
          ASSERT_TRUE(shape.always || promised(records, pattern, shape, {begin, end}))
              << "pattern '" << sources[pattern].text << "' matches [" << begin << ", " << end
              << ") of '" << text << "'";
        }
      }
    }
  }
}

TEST(Guarantee, NoMatchOfRandomPatternsIsMissed) {
  for (unsigned seed = 1; seed <= 1200; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    expect_no_match_is_missed(seed, seed % 2 == 0 ? Dialect::kRe2 : Dialect::kLine);
    if (::testing::Test::HasFatalFailure()) return;
  }
}

std::vector<PatternSource> real_rules() {
  std::vector<PatternSource> sources;
  const std::string path = std::string(VYRE_SHARED_DATA) + "/gitleaks.toml";
  if (!std::filesystem::exists(path)) return sources;
  const toml::table file = toml::parse_file(path);
  for (const toml::node& rule : *file["rules"].as_array()) {
    const auto regex = (*rule.as_table())["regex"].value<std::string>();
    const auto id = (*rule.as_table())["id"].value<std::string>();
    if (regex) sources.push_back({*regex, Dialect::kRe2, "rule " + id.value_or("")});
  }
  return sources;
}

TEST(Guarantee, NoMatchOfTheRealRulesIsMissed) {
  const std::vector<PatternSource> sources = real_rules();
  if (sources.empty()) GTEST_SKIP() << "the shared rules file is not beside this checkout";
  const auto compiled = compile_patterns(sources);
  ASSERT_TRUE(compiled.has_value()) << compiled.error().message();
  for (const auto& table : compiled->tables) {
    ASSERT_EQ(vir0::automaton_problem(table), std::nullopt);
  }
  static constexpr unsigned kSeed = 20;
  Random random(kSeed);
  unsigned matched = 0;
  for (u32 pattern = 0; pattern < sources.size(); ++pattern) {
    SCOPED_TRACE(::testing::Message() << sources[pattern].name << ", seed " << kSeed);
    const PatternShape& shape = compiled->shapes[pattern];
    EXPECT_FALSE(shape.always);
    const auto regex = make_re2(sources[pattern]);
    const auto ast = parse_pattern(sources[pattern]);
    unsigned matches = 0;
    for (int round = 0; round < 30; ++round) {
      const std::string text = "x = " + testing::random_match(random, *ast) +
                               (below(random, 2) == 0 ? "\n" : "") +
                               (below(random, 2) == 0 ? " more" : "");
      re2::StringPiece match;
      if (!(*regex)->Match(text, 0, text.size(), re2::RE2::UNANCHORED, &match, 1)) continue;
      ++matches;
      const u64 begin = static_cast<u64>(match.data() - text.data());
      ASSERT_TRUE(promised(scan(*compiled, text), pattern, shape, {begin, begin + match.size()}))
          << text;
    }
    EXPECT_GT(matches, 0u) << "the generator made no match";
    matched += matches > 0 ? 1 : 0;
  }
  EXPECT_EQ(matched, sources.size());
}

}  // namespace
}  // namespace vyre::scan
