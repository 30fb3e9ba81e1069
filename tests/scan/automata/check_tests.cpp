#include <gtest/gtest.h>

#include <string_view>

#include "scan/automata/check_builder.hpp"
#include "scan/pattern/parse.hpp"

namespace vyre::scan {
namespace {

enum class Verdict { kRejects, kUndecided, kAccepts };

/// The check of a whole pattern.
class Check {
 public:
  explicit Check(std::string_view pattern, u32 max_states = 256, Dialect dialect = Dialect::kRe2) {
    TermPool terms;
    TailPool tails(terms);
    const auto ast = parse_pattern({std::string(pattern), dialect, {}});
    const TailId start = tails.prepend(terms.lower(*ast, dialect == Dialect::kLine), kEndTail);
    dfa_ = build_check(tails, {&start, 1}, max_states);
  }

  [[nodiscard]] bool exists() const { return dfa_.has_value(); }
  [[nodiscard]] u32 states() const { return dfa_->state_count(); }
  [[nodiscard]] Verdict verdict(std::string_view text) const {
    u32 state = dfa_->start;
    for (const char byte : text) {
      if (state == kRejectState || state == kAcceptState) break;
      state = dfa_->row(state)[dfa_->byte_class[static_cast<u8>(byte)]];
    }
    if (state == kRejectState) return Verdict::kRejects;
    return state == kAcceptState ? Verdict::kAccepts : Verdict::kUndecided;
  }

 private:
  std::optional<Dfa> dfa_;
};

struct Example {
  std::string_view pattern;
  std::string_view text;
  Verdict verdict;

  friend void PrintTo(const Example& example, std::ostream* out) {
    *out << example.pattern << " on " << example.text;
  }
};

class CheckVerdict : public ::testing::TestWithParam<Example> {};

TEST_P(CheckVerdict, ComesAsSoonAsItCan) {
  const Check check(GetParam().pattern);
  ASSERT_TRUE(check.exists());
  EXPECT_EQ(check.verdict(GetParam().text), GetParam().verdict);
}

using enum Verdict;
INSTANTIATE_TEST_SUITE_P(
    Patterns, CheckVerdict,
    ::testing::Values(
        Example{"abc", "ab", kUndecided}, Example{"abc", "abc", kAccepts},
        Example{"abc", "abd", kRejects}, Example{"abc", "b", kRejects},
        Example{"a{3}b", "aab", kRejects}, Example{"a{3}b", "aaab", kAccepts},
        Example{"a{0,3}b", "aaaa", kRejects}, Example{"a{10,}", "aaaaaaaaa", kUndecided},
        Example{"a{10,}", "aaaaaaaaaa", kAccepts}, Example{"a{200,}b", "aaab", kRejects},
        Example{"ab(?:a-?)\\b", "aba ", kAccepts}, Example{"aba-?\\b", "aba ", kAccepts},
        Example{"aba-?\\b", "aba-b", kAccepts}, Example{"ab(?:a|-)\\b", "aba ", kAccepts},
        Example{"ab$", "ab", kUndecided}, Example{"ab$", "abc", kRejects},
        Example{"ab$", std::string_view("ab\0", 3), kAccepts}, Example{"ab$", "ab\n", kRejects},
        Example{"(?m)ab$", "ab\n", kAccepts}, Example{"ab\\b", "abc", kRejects},
        Example{"ab\\b", "ab-", kAccepts}, Example{"ab\\B", "ab-", kRejects},
        Example{"ab\\B", "abc", kAccepts}, Example{"a-\\b", "a-b", kAccepts},
        Example{"a-\\b", "a--", kRejects}, Example{"ab(?:[;\\s]|$)", "ab;", kAccepts},
        Example{"ab(?:[;\\s]|$)", "abx", kRejects}, Example{"ab(?:$)*c", "abc", kAccepts},
        Example{"(?:a|b$)c", "bc", kRejects}, Example{"a(?:b|c)*d", "abcbcd", kAccepts},
        Example{"a(?:b|c)*d", "abcx", kRejects}));

TEST(CheckBuilder, KnowsTheEndOfALine) {
  const Check check("ab$", 256, Dialect::kLine);
  EXPECT_EQ(check.verdict("ab\n"), kAccepts);
  EXPECT_EQ(check.verdict(std::string_view("ab\0", 3)), kAccepts);
  EXPECT_EQ(check.verdict("ab\r"), kRejects);
}

TEST(CheckBuilder, BuildsNoneThatRejectsNothing) {
  for (const char* pattern : {"a*", "", "(?s).*a", "(?s).b?", "[^\\x00]"}) {
    EXPECT_FALSE(Check(pattern).exists()) << pattern;
  }
}

TEST(CheckBuilder, AcceptsBeyondItsBudget) {
  const Check check("[ab]{3}(?:[ab]*a[ab]{20}c)", 32);
  ASSERT_TRUE(check.exists());
  EXPECT_LE(check.states(), 32u);
  EXPECT_EQ(check.verdict("x"), kRejects);
  EXPECT_EQ(check.verdict("aax"), kRejects);
  const std::string match = "aaaa" + std::string(20, 'b') + "c";
  EXPECT_NE(check.verdict(match), kRejects);
}

TEST(CheckBuilder, HostilePatternsEndSoon) {
  for (const char* pattern :
       {"a((((x{1,30}){1,30})?){1,9}){1,9}b", "a(?:(?:(?:x*)*)*)*b", "a(?:[ab]*a[ab]{900}){1}b",
        "a(?:$|\\b|(?:$)*)*b", "a(?:(?:$)*(?:\\b)*)*b", "ax{0,1000}y{0,1000}z{0,1000}b"}) {
    const Check check(pattern, 256);
    EXPECT_TRUE(!check.exists() || check.states() <= 256u);
  }
}

}  // namespace
}  // namespace vyre::scan
