#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <string_view>

#include "scan/pattern/parse.hpp"
#include "scan/pattern/re2_source.hpp"
#include "tests/scan/support/naive_matcher.hpp"
#include "tests/scan/support/random_pattern.hpp"

namespace vyre::scan {
namespace {

using namespace std::string_view_literals;

PatternSource rule(std::string_view text) { return {std::string(text), Dialect::kRe2, {}}; }

bool is_anything(const Ast& ast) {
  const Node& root = ast[ast.root()];
  return root.kind == NodeKind::kRepeat && root.min == 0 && root.max == kNoLimit &&
         ast[root.children.front()].bytes == ByteSet::all();
}

// Where RE2 and the tree disagree on some begin of a match, or the text has none of it.
void expect_same_matches(const re2::RE2& regex, const Ast& ast, const std::string& text) {
  const testing::NaiveMatcher naive(ast, text);
  for (std::size_t begin = 0; begin <= text.size(); ++begin) {
    const u64 ends = naive.ends(begin);
    re2::StringPiece match;
    const bool found = regex.Match(text, begin, text.size(), re2::RE2::ANCHOR_START, &match, 1);
    ASSERT_EQ(found, ends != 0) << "at " << begin << " of '" << text << "'";
    if (!found) continue;
    const std::size_t longest = begin + match.size();
    ASSERT_EQ(longest, static_cast<std::size_t>(std::bit_width(ends)) - 1)
        << "at " << begin << " of '" << text << "'";
  }
}

std::unique_ptr<re2::RE2> longest_match(const std::string& text) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_longest_match(true);
  return std::make_unique<re2::RE2>(text, options);
}

class AcceptedByRe2 : public ::testing::TestWithParam<std::string_view> {};

TEST_P(AcceptedByRe2, IsParsedToTheSameMatches) {
  const PatternSource source = rule(GetParam());
  ASSERT_TRUE(make_re2(source).has_value());
  const Result<Ast> ast = parse_pattern(source);
  ASSERT_TRUE(ast.has_value());
  EXPECT_FALSE(is_anything(*ast)) << "the parser gave up";
  const auto regex = longest_match(source.text);
  testing::Random random(1);
  for (int i = 0; i < 60; ++i) {
    std::string text = testing::random_text(random, Dialect::kRe2, testing::below(random, 8)) +
                       testing::random_match(random, *ast) +
                       testing::random_text(random, Dialect::kRe2, testing::below(random, 8));
    text.resize(std::min<std::size_t>(text.size(), 60));
    expect_same_matches(*regex, *ast, text);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, AcceptedByRe2,
    ::testing::Values(
        "", "abc", "a|b", "|a", "a||b", "()", "(?:)", "(a)(b)", "(?P<n>a)b", "a*", "a+?", "a??",
        "a{2}", "a{2,}", "a{2,4}?", "a{,3}", "a{", "a{2", "a{02}", "a{2,1x}", "x{0}", "}", "]",
        "^a$", "(?m)^a$", "(?m:^)a", "a.b", "(?s)a.b", "(?s:.)a.", "(?-s)a.b", "\\Aa\\z", "\\ba\\b",
        "\\Ba", "(?i)aB0", "(?i:a)B", "a(?i)b|c", "(a(?i)b)c", "(?i)(?-i:a)b", "(?U)a+b?",
        "(?U)a+?", "(?i-s:a.)", "[abc]", "[^abc]", "[]a]", "[^]a]", "[a-c]", "[-a]", "[a-]",
        "[a\\-c]", "[\\]]", "[a-c-e]", "[\\d_-]", "[\\w-]", "[[:alpha:]_]", "[[:^alpha:]]",
        "[^[:space:][:word:]]", "[[:blank:]-]", "[:a]", "[[:alpha]", "[\\x61-\\x63]", "[\\n\\t]",
        "(?i)[a-b\xE9]", "(?i)[^b]", "\\d\\D\\s\\S\\w\\W", "\\pL", "\\p{Lu}", "\\P{Lu}", "\\p{^Lu}",
        "[\\pL\\d]", "(?i)\\p{Lu}", "\\x61", "\\x{61}", "\\x{0061}", "\\141", "\\0", "\\01",
        "\\a\\f\\t\\n\\r\\v", "\\.\\*\\/\\ \\-\\#", "\\Qa.b*\\E+c", "\\Qab", "\\C", "\xE9\xFF",
        "(?i)\xE9", "(?i)\xD7\xDF\xFF", "^*a", "(?:^)*a", "\\b+a", "(a|b*)*c", "((a*)*)*b",
        "(?:a?){3}", "(?:(?:a|b){2}){3}", "$^", "a$b", "(|a)+", "[^a]{3}", "(?:ab|c{2,3})+"));

TEST(Re2Parser, TakesAZeroByteLiterally) {
  const auto ast = parse_pattern(rule("a\0b"sv));
  ASSERT_TRUE(ast.has_value());
  const testing::NaiveMatcher naive(*ast, "a\0b"sv);
  EXPECT_EQ(naive.ends(0), u64{1} << 3);
}

class RefusedByRe2 : public ::testing::TestWithParam<std::string_view> {};

TEST_P(RefusedByRe2, IsAnErrorThatNamesThePattern) {
  PatternSource source = rule(GetParam());
  source.name = "rule seven";
  const auto compiled = make_re2(source);
  ASSERT_FALSE(compiled.has_value());
  EXPECT_EQ(compiled.error().code, ErrorCode::kInvalidArgument);
  EXPECT_NE(compiled.error().what.find("rule seven"), std::string::npos);
  EXPECT_NE(compiled.error().what.find(source.text), std::string::npos);
  // The tree of a text that is no pattern may be anything, but there is one.
  EXPECT_TRUE(parse_pattern(source).has_value());
}

INSTANTIATE_TEST_SUITE_P(Syntax, RefusedByRe2,
                         ::testing::Values("(", ")", "a)", "(a", "[a", "[", "*a", "a**", "a{2}{3}",
                                           "a{1001}", "(a{100}){100}", "\\", "\\1", "\\8", "\\E",
                                           "\\Z", "\\e", "\\x4", "\\x{100}", "\\x{}", "(?=a)",
                                           "(?!a)", "(?<=a)", "(?z)", "(?i", "(?P<>a)", "[z-a]",
                                           "[[:foo:]]", "[a-\\d]", "\\p{Nonsense}", "\\pX",
                                           "x{2,1}"));

// The quick verdict is the same as that of a full compilation.
TEST(JudgePattern, AgreesWithMakeRe2) {
  const std::string large = "(?:" + std::string(300, 'x') + "[acegikmoqsuwy]){900}";
  const std::vector<std::string> texts = {"a",
                                          "(",
                                          "a**",
                                          "[a-z]{1000}",
                                          "((a{10}){10}){10}",
                                          "((a{10}){10}){11}",
                                          "\\pL{1000}",
                                          large,
                                          large + large + large,
                                          "(((((((a){1000}))))))",
                                          "[z-a]",
                                          "a{1001}",
                                          std::string(3000, '('),
                                          "(?:" + large + "){1}|" + large};
  for (const std::string& text : texts) {
    const PatternSource source = rule(text);
    const auto compiled = make_re2(source);
    const Status verdict = judge_pattern(source, *parse_pattern(source));
    ASSERT_EQ(verdict.has_value(), compiled.has_value()) << text.substr(0, 80);
    EXPECT_EQ(verdict ? "" : verdict.error().what, compiled ? "" : compiled.error().what);
  }
}

TEST(Re2Parser, NamesTheOffsetWhereOnlyOneIsPossible) {
  const auto compiled = make_re2(rule("abc[z-a]d"));
  ASSERT_FALSE(compiled.has_value());
  EXPECT_NE(compiled.error().what.find("byte 4"), std::string::npos) << compiled.error().what;
}

TEST(Re2Parser, RandomPatternsMatchWhatRe2Matches) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    testing::Random random(seed);
    const PatternSource source = rule(testing::random_pattern(random, Dialect::kRe2));
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " pattern '" << source.text << "'");
    const auto regex = longest_match(source.text);
    if (!regex->ok()) continue;
    const Result<Ast> ast = parse_pattern(source);
    ASSERT_TRUE(ast.has_value());
    ASSERT_FALSE(is_anything(*ast) && source.text.find('\\') == std::string::npos);
    for (int i = 0; i < 6; ++i) {
      std::string text = testing::random_text(random, Dialect::kRe2, testing::below(random, 6)) +
                         testing::random_match(random, *ast) +
                         testing::random_text(random, Dialect::kRe2, testing::below(random, 6));
      text.resize(std::min<std::size_t>(text.size(), 60));
      expect_same_matches(*regex, *ast, text);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Re2Parser, HostilePatternsEndSoon) {
  const std::string deep = std::string(100'000, '(') + "a" + std::string(100'000, ')');
  const std::string stars = "a" + std::string(100'000, '*');
  const std::string many = "(?:a|" + std::string(200'000, 'b') + ")";
  for (const std::string& text :
       {deep, stars, many, std::string(100'000, '|'), std::string(100'000, '['),
        std::string("((a{1000}){1000}){1000}")}) {
    EXPECT_TRUE(parse_pattern(rule(text)).has_value());
  }
}

}  // namespace
}  // namespace vyre::scan
