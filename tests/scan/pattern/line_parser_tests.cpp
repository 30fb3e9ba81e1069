#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "scan/pattern/parse.hpp"
#include "scan/pattern/re2_source.hpp"
#include "tests/scan/support/naive_matcher.hpp"
#include "tests/scan/support/random_pattern.hpp"

namespace vyre::scan {
namespace {

PatternSource line_pattern(std::string_view text) {
  return {std::string(text), Dialect::kLine, {}};
}

struct Example {
  std::string_view pattern;
  std::string_view line;
  /// What ripgrep 13 prints with -o: the first match, or "-" for none.
  std::string_view match;

  friend void PrintTo(const Example& example, std::ostream* out) {
    *out << example.pattern << " on " << example.line;
  }
};

class LineMeaning : public ::testing::TestWithParam<Example> {};

TEST_P(LineMeaning, IsThatOfRipgrep) {
  const auto regex = make_re2(line_pattern(GetParam().pattern));
  ASSERT_TRUE(regex.has_value()) << regex.error().message();
  re2::StringPiece match;
  const std::string line(GetParam().line);
  const bool found = (*regex)->Match(line, 0, line.size(), re2::RE2::UNANCHORED, &match, 1);
  EXPECT_EQ(found ? std::string(match) : "-", GetParam().match);
}

INSTANTIATE_TEST_SUITE_P(
    Examples, LineMeaning,
    ::testing::Values(
        Example{"\\s", "a\vb", "\v"}, Example{"[[:space:]]+", "a\v\f b", "\v\f "},
        Example{"\\S+", "a\vb", "a"}, Example{"^a$", "a", "a"}, Example{"\\Aa\\z", "a", "a"},
        Example{"(?-m)^a$", "a", "a"}, Example{"a\\z", "ab", "-"}, Example{"(?i)k", "K", "K"},
        Example{"(?i)\\xe9", "\xC9", "-"}, Example{"\\xe9", "\xC3\xE9", "\xE9"},
        Example{"[\\xe0-\\xff]+", "\xC3\xE9\xFF", "\xE9\xFF"}, Example{"\\D", "1\xFF", "\xFF"},
        Example{"[^a]", "a\xFF", "\xFF"}, Example{".+", "\xFF\xC3", "\xFF\xC3"},
        Example{"a{2}{3}", "aaaaaaa", "aaaaaa"}, Example{"a**", "aaa", "aaa"},
        Example{"a+?+", "aaa", "aaa"}, Example{"a{ 2 }", "aaa", "aa"}, Example{"|a", "a", ""},
        Example{"a||b", "a", "a"}, Example{"(?U)a+", "aaa", "a"}, Example{"(?U)a+?", "aaa", "aaa"},
        Example{"(?x) a b # c", "ab", "ab"}, Example{"(?x)a\\ b", "a b", "a b"},
        Example{"(?x)[a b]+", "a b", "a"}, Example{"(?x)\\x 4 1", "A", "A"},
        Example{"(?x)a {2}", "aa", "aa"}, Example{"[a-z&&[aeiou]]+", "xabei", "a"},
        Example{"[a-z--[aeiou]]+", "abei", "b"}, Example{"[a-c~~b-d]+", "bad", "ad"},
        Example{"[[a-c]x]+", "[axb", "axb"}, Example{"[]a]+", "x]a", "]a"},
        Example{"[^]a]", "a]b", "b"}, Example{"[a-]+", "x-a", "-a"}, Example{"[-a]+", "x-a", "-a"},
        Example{"[[:^alpha:]]", "a1", "1"}, Example{"[[:foo:]]+", "f:o", "f:o"},
        Example{"[:alpha:]+", "1a:", "a:"}, Example{"[\\w\\-]+", " a-", "a-"},
        Example{"a]", "a]", "a]"}, Example{"a}", "a}", "a}"}, Example{"a(?i)b", "aB", "aB"},
        Example{"(?i)(?-i)a", "A", "-"}, Example{"\\b*a", "ba", "a"}, Example{"^*", "aa", ""},
        Example{"a$b", "ab", "-"}, Example{"\\&\\-\\~\\#", "&-~#", "&-~#"},
        Example{"[\\na]", "a", "a"}, Example{"(?s).b", "ab", "ab"},
        Example{"\\u0041\\U00000042\\x{43}", "ABC", "ABC"}, Example{"(?P<n>a)", "a", "a"},
        Example{"(?i-s:a.)", "Ab", "Ab"}, Example{"(?-u)a", "a", "a"}, Example{"x*", "", ""},
        Example{"\\B", "ab", ""}, Example{"(?i)[^k]", "Kk1", "1"}));

// More than ripgrep takes: a character is its UTF-8 bytes, and one item for a repetition.
INSTANTIATE_TEST_SUITE_P(
    Characters, LineMeaning,
    ::testing::Values(Example{"\u00e9", "x\u00e9", "\u00e9"},
                      Example{"\u00e9{2}", "\u00e9\u00e9\u00e9", "\u00e9\u00e9"},
                      Example{"(?i)\u00e9", "\u00c9", "-"}, Example{"(?<n>a)", "a", "a"},
                      Example{"\U0001F600?x", "x", "x"}));

struct Refusal {
  std::string_view pattern;
  std::size_t offset;

  friend void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.pattern; }
};

class LineRefusal : public ::testing::TestWithParam<Refusal> {};

TEST_P(LineRefusal, NamesThePatternAndThePlace) {
  PatternSource source = line_pattern(GetParam().pattern);
  source.name = "pattern 3";
  for (const Error& error :
       {parse_pattern(source).error(), re2_source(source).error(), make_re2(source).error()}) {
    EXPECT_EQ(error.code, ErrorCode::kInvalidArgument);
    EXPECT_NE(error.what.find("pattern 3"), std::string::npos);
    const std::string place = "byte " + std::to_string(GetParam().offset);
    EXPECT_NE(error.what.find(place), std::string::npos) << error.what;
  }
}

// All refused by `rg -a --no-unicode` too.
INSTANTIATE_TEST_SUITE_P(
    Patterns, LineRefusal,
    ::testing::Values(
        Refusal{"a\nb", 1}, Refusal{"a\\n", 1}, Refusal{"[\\n]", 0}, Refusal{"\\x0a|a", 0},
        Refusal{"\\x{00A}", 0}, Refusal{"[^\\x00-\\xff]", 0}, Refusal{"[^\\s\\S]", 0},
        Refusal{"[a&&b]", 0}, Refusal{"a{,3}", 2}, Refusal{"a{", 2}, Refusal{"a{2", 1},
        Refusal{"a{2,1}", 1}, Refusal{"*a", 0}, Refusal{"(*a)", 1}, Refusal{"(?i)*", 4},
        Refusal{"a|*", 2}, Refusal{"\\Qa\\E", 0}, Refusal{"\\Z", 0}, Refusal{"\\/", 0},
        Refusal{"\\ ", 0}, Refusal{"\\1", 0}, Refusal{"\\101", 0}, Refusal{"\\0", 0},
        Refusal{"\\x4", 2}, Refusal{"\\x{}", 2}, Refusal{"\\x{e9}", 2}, Refusal{"\\u00e9", 2},
        Refusal{"\\pL", 0}, Refusal{"[\u00e9]", 1}, Refusal{"(?u)a", 2}, Refusal{"(?R)a", 2},
        Refusal{"(?z)", 2}, Refusal{"(?=a)", 0}, Refusal{"(?<!a)", 0}, Refusal{"(", 1},
        Refusal{"a)", 1}, Refusal{"(?i", 0}, Refusal{"(?", 0}, Refusal{"[a", 2}, Refusal{"[]", 2},
        Refusal{"[z-a]", 1}, Refusal{"[\\d-z]", 1}, Refusal{"[a-\\d]", 3}, Refusal{"[\\b]", 1},
        Refusal{"\\", 0}, Refusal{"a\xFF", 1}, Refusal{"\xC3(", 0}, Refusal{"(?--i)a", 3}));

TEST(LineParser, MatchesNoNewline) {
  for (const char* pattern : {"[^a]", "\\s", "(?s).", "\\W", "[\\na]", "\\D", "[[:space:]]"}) {
    const auto ast = parse_pattern(line_pattern(pattern));
    ASSERT_TRUE(ast.has_value());
    EXPECT_EQ(testing::NaiveMatcher(*ast, "\n").ends(0), 0u) << pattern;
  }
}

TEST(LineParser, LongRepeatsReachRe2) {
  const auto regex = make_re2(line_pattern("^a{1500}$"));
  ASSERT_TRUE(regex.has_value()) << regex.error().message();
  EXPECT_FALSE(re2::RE2::PartialMatch(std::string(1499, 'a'), **regex));
  EXPECT_TRUE(re2::RE2::PartialMatch(std::string(1500, 'a'), **regex));
  EXPECT_FALSE(re2::RE2::PartialMatch(std::string(1501, 'a'), **regex));
  const auto range = make_re2(line_pattern("^a{2,2100}$"));
  ASSERT_TRUE(range.has_value()) << range.error().message();
  EXPECT_FALSE(re2::RE2::PartialMatch("a", **range));
  EXPECT_TRUE(re2::RE2::PartialMatch(std::string(2100, 'a'), **range));
  EXPECT_FALSE(re2::RE2::PartialMatch(std::string(2101, 'a'), **range));
  EXPECT_FALSE(make_re2(line_pattern("(abc){99999999}")).has_value());
}

TEST(LineParser, Re2TextOfRandomPatternsMatchesTheSame) {
  for (unsigned seed = 1; seed <= 1500; ++seed) {
    testing::Random random(seed);
    const PatternSource source = line_pattern(testing::random_pattern(random, Dialect::kLine));
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " pattern '" << source.text << "'");
    const Result<Ast> ast = parse_pattern(source);
    ASSERT_TRUE(ast.has_value()) << ast.error().message();
    const auto regex = make_re2(source);
    ASSERT_TRUE(regex.has_value()) << regex.error().message();
    for (int i = 0; i < 6; ++i) {
      std::string text = testing::random_text(random, Dialect::kLine, testing::below(random, 6)) +
                         testing::random_match(random, *ast);
      text.resize(std::min<std::size_t>(text.size(), 60));
      const testing::NaiveMatcher naive(*ast, text);
      for (std::size_t begin = 0; begin <= text.size(); ++begin) {
        const bool found =
            (*regex)->Match(text, begin, text.size(), re2::RE2::ANCHOR_START, nullptr, 0);
        ASSERT_EQ(found, naive.ends(begin) != 0) << "at " << begin << " of '" << text << "'";
      }
    }
  }
}

TEST(LineParser, HostilePatternsEndSoon) {
  for (const std::string& text :
       {std::string(100'000, '('), std::string(100'000, '['), "a" + std::string(100'000, '*'),
        std::string(50'000, '(') + "a" + std::string(50'000, ')'), std::string(100'000, '|')}) {
    parse_pattern(line_pattern(text)).has_value();
  }
  SUCCEED();
}

}  // namespace
}  // namespace vyre::scan
