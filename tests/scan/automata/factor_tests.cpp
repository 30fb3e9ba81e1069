#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "scan/automata/factor_finder.hpp"
#include "scan/pattern/parse.hpp"

namespace vyre::scan {
namespace {

/// A set as a person would write it: its byte, or the smallest of two cases, or its size.
std::string show(const ByteSet& set) {
  std::string members;
  set.for_each([&](u8 byte) { members += static_cast<char>(byte); });
  if (members.size() == 1) return members;
  if (members.size() == 2 && (members[0] | 0x20) == members[1]) return members.substr(1);
  return "<" + std::to_string(members.size()) + ">";
}

struct Found {
  std::optional<Factor> factor;
  std::set<std::string> strings;
};

Found find(std::string_view pattern) {
  const CompileBudget budget;
  TermPool terms;
  TailPool tails(terms);
  const auto ast = parse_pattern({std::string(pattern), Dialect::kRe2, {}});
  Found found;
  found.factor = FactorFinder(tails, budget).find(terms.lower(*ast, false), 16);
  if (!found.factor) return found;
  for (const FactorString& string : found.factor->strings) {
    std::string text;
    for (u32 i = 0; i < string.length; ++i) text += show(terms.set(string.sets[i]));
    found.strings.insert(text);
  }
  return found;
}

struct Example {
  std::string_view pattern;
  std::set<std::string> strings;
  u64 left_max;
  u64 right_max;

  friend void PrintTo(const Example& example, std::ostream* out) { *out << example.pattern; }
};

class ChosenFactor : public ::testing::TestWithParam<Example> {};

TEST_P(ChosenFactor, IsTheRarePart) {
  const Found found = find(GetParam().pattern);
  ASSERT_TRUE(found.factor.has_value());
  EXPECT_EQ(found.strings, GetParam().strings);
  EXPECT_EQ(found.factor->left_max, GetParam().left_max);
  EXPECT_EQ(found.factor->right_max, GetParam().right_max);
}

INSTANTIATE_TEST_SUITE_P(
    Patterns, ChosenFactor,
    ::testing::Values(Example{"needle", {"needle"}, 0, 0}, Example{"(?i)needle", {"needle"}, 0, 0},
                      Example{"[a-z]{0,50}needle[0-9]{0,9}", {"needle"}, 50, 9},
                      Example{"[a-z]*needle.*", {"needle"}, kUnbounded, kUnbounded},
                      Example{"(?:first|second)", {"first", "second"}, 0, 0},
                      Example{".*(?:first|second)x?", {"first", "second"}, kUnbounded, 1},
                      Example{"(?:zebra){1,3}", {"zebra"}, 0, 10},
                      Example{"(?:zebra)+", {"zebra"}, 0, kUnbounded},
                      Example{"\\bzebra\\b", {"zebra"}, 0, 0},
                      Example{"colou?r_zz", {"olor_zz", "olour_zz"}, 1, 0},
                      Example{"x{3}quux", {"xxxquux"}, 0, 0}));

TEST(FactorFinder, FindsTheKeywordOfARule) {
  const Found found = find(
      R"((?i)[\w.-]{0,50}?(?:adafruit)(?:[ \t\w.-]{0,20})[\s'"]{0,3}(?:=|>|:{1,3}=|\|\||:|=>|\?=|,))"
      R"([\x60'"\s=]{0,5}([a-z0-9_-]{32})(?:[\x60'"\s;]|\\[nr]|$))");
  EXPECT_EQ(found.strings, std::set<std::string>{"adafruit"});
  EXPECT_EQ(found.factor->left_max, 50u);
  EXPECT_EQ(found.factor->right_max, 20u + 3 + 4 + 5 + 32 + 2);
}

TEST(FactorFinder, AddsClassesWhereALiteralIsShort) {
  const Found found = find("SK[0-9a-fA-F]{32}");
  ASSERT_EQ(found.strings.size(), 1u);
  EXPECT_EQ(found.strings.begin()->substr(0, 6), "SK<22>");
  EXPECT_EQ(found.factor->right_max + found.factor->longest(), 34u);
}

TEST(FactorFinder, TakesARunOfClassesWhereNothingElseIs) {
  const Found found = find("\\b[a-f0-9]{40}\\b");
  ASSERT_TRUE(found.factor.has_value());
  EXPECT_GE(found.factor->longest(), 8u);
  EXPECT_EQ(found.factor->left_max + found.factor->longest() + found.factor->right_max, 40u);
}

TEST(FactorFinder, FindsNoneWhereThePatternCanBeEmpty) {
  for (const char* pattern :
       {"", "a*", "a?", "(?:abc)?", "abc|", "\\b", "^$", "(a|b*)", "(?:a*)+"}) {
    EXPECT_FALSE(find(pattern).factor.has_value()) << pattern;
  }
}

TEST(FactorFinder, RatesCommonBytesHigher) {
  EXPECT_GT(find("e").factor->rate, find("Q").factor->rate);
  EXPECT_GT(find("[a-z]").factor->rate, find("e").factor->rate);
  EXPECT_GT(find("e").factor->rate, find("needle").factor->rate);
}

TEST(FactorFinder, ListsAlternativesOfALongList) {
  std::string pattern = "(?:";
  for (int i = 0; i < 300; ++i) pattern += "word" + std::to_string(1000 + i * 7) + "|";
  pattern += "last)";
  const Found found = find(pattern);
  ASSERT_TRUE(found.factor.has_value());
  EXPECT_LE(found.factor->rate, 1e-2);
}

}  // namespace
}  // namespace vyre::scan
