#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "scan/automata/compile.hpp"
#include "tests/scan/support/reference_scan.hpp"
#include "vir0/automaton_check.hpp"
#include "wire/automaton_table.hpp"

namespace vyre::scan {
namespace {

using testing::reference_scan;

std::vector<PatternSource> rules(const std::vector<std::string>& texts) {
  std::vector<PatternSource> sources;
  for (const std::string& text : texts) sources.push_back({text, Dialect::kRe2, {}});
  return sources;
}

std::vector<wire::Record> scan(const CompiledPatterns& compiled, std::string_view text) {
  std::vector<wire::Record> all;
  for (const auto& table : compiled.tables) {
    const auto records = reference_scan(table, text);
    all.insert(all.end(), records.begin(), records.end());
  }
  std::ranges::sort(all);
  return all;
}

wire::AutomatonHeader header_of(const std::vector<std::byte>& table) {
  wire::AutomatonHeader header;
  std::memcpy(&header, table.data(), sizeof header);
  return header;
}

TEST(CompilePatterns, EmitsTheFactorsLastByteAndThePatternsIndex) {
  const auto compiled = compile_patterns(rules({"needle", "x{0,9}zebra", "needles?"}));
  ASSERT_TRUE(compiled.has_value());
  ASSERT_EQ(compiled->tables.size(), 1u);
  const std::vector<wire::Record> expected = {{7, 0}, {7, 2}, {14, 1}};
  EXPECT_EQ(scan(*compiled, "a needle, zebra"), expected);
  EXPECT_EQ(compiled->shapes[1].left_max, 9u);
  EXPECT_EQ(compiled->shapes[1].right_max, 0u);
  EXPECT_EQ(compiled->shapes[1].max_length, 14u);
  EXPECT_EQ(compiled->shapes[0].factor_max, 6u);
}

TEST(CompilePatterns, ChecksWhatFollowsTheFactor) {
  const auto compiled = compile_patterns(rules({"zebra=[0-9]{4}(?:;|$)"}));
  ASSERT_TRUE(compiled.has_value());
  EXPECT_EQ(scan(*compiled, "zebra=1234;").size(), 1u);
  EXPECT_EQ(scan(*compiled, "zebra=1234").size(), 1u);
  EXPECT_EQ(scan(*compiled, std::string("zebra=1234\0next", 15)).size(), 1u);
  EXPECT_TRUE(scan(*compiled, "zebra=123;").empty());
  EXPECT_TRUE(scan(*compiled, "zebra=12345;").empty());
}

TEST(CompilePatterns, ChecksOfRareFactorsMissNoLongRepeat) {
  const auto compiled = compile_patterns(rules({"quagga-zebra[a-z]{2,40}=[0-9]"}));
  for (const std::size_t letters : {2u, 3u, 10u, 11u, 39u, 40u}) {
    EXPECT_EQ(scan(*compiled, "quagga-zebra" + std::string(letters, 'x') + "=7").size(), 1u);
  }
  EXPECT_TRUE(scan(*compiled, "quagga-zebra=7").empty());
  EXPECT_TRUE(scan(*compiled, "quagga-zebra" + std::string(5, 'x') + ";7").empty());
}

TEST(CompilePatterns, MarksWhatHasNoUsefulFactor) {
  const auto compiled = compile_patterns(rules({"a*", "needle", "[a-z]", ".", "needle|"}));
  ASSERT_TRUE(compiled.has_value());
  std::vector<bool> always;
  for (const PatternShape& shape : compiled->shapes) always.push_back(shape.always);
  EXPECT_EQ(always, (std::vector<bool>{true, false, true, true, true}));
  EXPECT_EQ(compiled->shapes[0].max_length, kUnbounded);
  EXPECT_EQ(compiled->shapes[2].max_length, 1u);
}

TEST(CompilePatterns, MakesNoTableWhereNoneIsNeeded) {
  EXPECT_TRUE(compile_patterns({})->tables.empty());
  EXPECT_TRUE(compile_patterns(rules({"a*", "."}))->tables.empty());
}

TEST(CompilePatterns, NamesTheRefusedPattern) {
  std::vector<PatternSource> sources = rules({"a", "(b"});
  sources[1].name = "rules.toml:7";
  const auto compiled = compile_patterns(sources);
  ASSERT_FALSE(compiled.has_value());
  EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(compiled.error().what.find("rules.toml:7"), std::string::npos);
}

TEST(CompilePatterns, RefusesABudgetOutOfRange) {
  CompileBudget budget;
  budget.factor_length = 17;
  EXPECT_FALSE(compile_patterns({}, budget).has_value());
  budget = {};
  budget.check_limit = wire::kAutomatonMaxLimit + 1;
  EXPECT_FALSE(compile_patterns({}, budget).has_value());
}

TEST(CompilePatterns, IsDeterministic) {
  const auto sources = rules({"(?i)needle[0-9]+", "zebra|quagga", "x[a-f0-9]{20}", "key\\s*="});
  EXPECT_EQ(compile_patterns(sources)->tables, compile_patterns(sources)->tables);
}

TEST(CompilePatterns, SharesEqualChecks) {
  const auto compiled = compile_patterns(rules({"needle=[0-9]{8};", "zebra=[0-9]{8};"}));
  ASSERT_EQ(compiled->tables.size(), 1u);
  EXPECT_EQ(header_of(compiled->tables[0]).check_count, 1u);
  EXPECT_EQ(header_of(compiled->tables[0]).member_count, 2u);
}

TEST(CompilePatterns, SpreadsOverSeveralTablesWhereOneIsTooSmall) {
  std::vector<std::string> texts;
  for (int i = 0; i < 60; ++i) texts.push_back("word" + std::to_string(i * 7919) + "end");
  texts.push_back("[a-z][0-9][a-z]{3}[0-9]{6}q");
  CompileBudget budget;
  budget.find_states = 64;
  const auto compiled = compile_patterns(rules(texts), budget);
  ASSERT_TRUE(compiled.has_value());
  EXPECT_GT(compiled->tables.size(), 1u);
  for (const auto& table : compiled->tables) {
    EXPECT_LE(header_of(table).state_count, 64u);
    EXPECT_EQ(vir0::automaton_problem(table), std::nullopt);
  }
  for (int i = 0; i < 60; ++i) {
    const auto records = scan(*compiled, "  " + texts[static_cast<std::size_t>(i)] + "  ");
    EXPECT_TRUE(std::ranges::any_of(records, [i](const wire::Record& r) {
      return r.value == static_cast<u32>(i);
    })) << texts[static_cast<std::size_t>(i)];
  }
}

TEST(CompilePatterns, ShortensAFactorThatAloneIsTooLarge) {
  CompileBudget budget;
  budget.find_states = 16;
  budget.max_candidate_rate = 1;
  const auto compiled = compile_patterns(rules({"q[^z]{12}q"}), budget);
  ASSERT_TRUE(compiled.has_value());
  ASSERT_FALSE(compiled->shapes[0].always);
  const std::string text = "..qqqqqqqqqqqqqq..";
  const PatternShape& shape = compiled->shapes[0];
  const auto records = scan(*compiled, text);
  for (std::size_t begin = 2; begin + 14 <= 16; ++begin) {
    EXPECT_TRUE(std::ranges::any_of(records, [&](const wire::Record& r) {
      return r.offset >= begin && r.offset + 1 <= begin + shape.factor_max + shape.left_max;
    }));
  }
}

TEST(CompilePatterns, TablesOfHostilePatternsAreSound) {
  const std::vector<std::string> texts = {std::string(5000, 'a'),
                                          "(?:a|b){500}c",
                                          "((((a?){9}){9}){9})x",
                                          "a.{0,900}b.{0,900}c",
                                          std::string(300, '(') + "needle" + std::string(300, ')'),
                                          "[^\\x00-\\xff]",
                                          "a[^\\x00-\\xff]b",
                                          "(?:[ab]{0,8}){8}q",
                                          "\\C{16}",
                                          "(?s).{1000}needle",
                                          "x{1000}"};
  for (const std::string& text : texts) {
    CompileBudget budget;
    budget.validate = false;
    const auto compiled = compile_patterns(rules({text}), budget);
    ASSERT_TRUE(compiled.has_value()) << text;
    for (const auto& table : compiled->tables) {
      EXPECT_EQ(vir0::automaton_problem(table), std::nullopt) << text;
    }
  }
}

}  // namespace
}  // namespace vyre::scan
