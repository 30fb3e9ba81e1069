#include <gtest/gtest.h>
#include <re2/re2.h>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "scan/pattern/re2_source.hpp"
#include "scan/report/text_format.hpp"
#include "tests/scan/confirm/fake_stream.hpp"

namespace vyre::testing {
namespace {

using scan::Dialect;
using scan::PatternSource;
using scan::Rule;

scan::ScanRequest request_of(const std::vector<std::string>& regexes) {
  scan::ScanRequest request;
  request.mode = scan::ScanMode::kRules;
  for (std::size_t i = 0; i < regexes.size(); ++i) {
    request.rules.push_back({.id = "r" + std::to_string(i),
                             .description = "",
                             .regex = regexes[i],
                             .path = "",
                             .line = 1});
  }
  return request;
}

struct Match {
  std::size_t offset;
  std::size_t rule;
  std::string text;
};

// Every match of every rule as RE2 finds them over the whole content.
std::vector<Match> all_matches(const std::vector<std::string>& regexes, std::string_view content) {
  std::vector<Match> matches;
  for (std::size_t rule = 0; rule < regexes.size(); ++rule) {
    const auto regex = *scan::make_re2({regexes[rule], Dialect::kRe2, "r"});
    for (std::size_t at = 0; at <= content.size();) {
      re2::StringPiece match;
      if (!regex->Match(content, at, content.size(), re2::RE2::UNANCHORED, &match, 1)) break;
      const std::size_t start =
          match.data() == nullptr ? at : static_cast<std::size_t>(match.data() - content.data());
      matches.push_back({start, rule, std::string(match.data(), match.size())});
      at = start + std::max<std::size_t>(match.size(), 1);
    }
  }
  std::stable_sort(matches.begin(), matches.end(),
                   [](const Match& a, const Match& b) { return a.offset < b.offset; });
  return matches;
}

std::string expected_output(const std::vector<std::string>& regexes, std::string_view content) {
  std::string out;
  for (const Match& match : all_matches(regexes, content)) {
    const std::string_view before = content.substr(0, match.offset);
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = match.offset - (newline == std::string::npos ? 0 : newline + 1) + 1;
    scan::append_finding(out, "f",
                         {match.offset, static_cast<std::uint64_t>(line), column, match.text},
                         "r" + std::to_string(match.rule), false);
  }
  return out;
}

std::vector<std::string> sorted_lines(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  std::sort(lines.begin(), lines.end());
  return lines;
}

std::string random_text(std::mt19937_64& random, std::size_t longest) {
  static constexpr std::string_view kBytes = "aaaabbbcfooxyz@  \n\n\xff";
  std::string text(random() % (longest + 1), ' ');
  for (char& byte : text) byte = kBytes[random() % kBytes.size()];
  return text;
}

const std::vector<std::string>& regexes() {
  static const std::vector<std::string> list = {
      "ab",           "foo",         "ab|abcfoo",   "a.*z|ab",
      "(?s)x.*?y",    "(?s)f.*o",    "(?m)^a.b$",   "\\bfo+\\b",
      "[^ ]+@[a-z]+", "b{3,}",       "(?m)^",       "$",
      "a*",           "a*?",         "\\n+a",       "(?:a|ab)(?:c|bc)?",
      "x[^y]{2,9}y",  "\\Aab",       "o\\z",        "a[\\s\\S]{20}b",
      "\\Bb",         "[ab]{2,4}?c", "(?i)A(?-i)B", "\\xff."};
  return list;
}

TEST(RuleScanner, EqualsRe2OverTheWholeContentHoweverTheFileIsCut) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const std::string& regex : regexes()) {
    CapturedJob captured(request_of({regex}));
    const PatternSource source{regex, Dialect::kRe2, "r"};
    const auto shape = scan::compile_patterns({&source, 1})->shapes.front();
    for (int round = 0; round < 40; ++round) {
      const std::string text = random_text(random, round < 20 ? 30 : 150);
      const std::vector<Candidates> candidates{random_candidates(random, source, shape, text)};
      deliver(*captured.job().make_consumer(), "f", text, random_cut(random, 60), candidates);
      ASSERT_EQ(captured.take_output(), expected_output({regex}, text))
          << regex << " on " << ::testing::PrintToString(text);
      ASSERT_EQ(captured.take_errors(), "");
    }
  }
}

TEST(RuleScanner, AllRulesTogetherFindTheSame) {
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  CapturedJob captured(request_of(regexes()));
  std::vector<PatternSource> sources;
  for (const std::string& regex : regexes()) sources.push_back({regex, Dialect::kRe2, "r"});
  const auto shapes = scan::compile_patterns(sources)->shapes;
  auto consumer = captured.job().make_consumer();
  for (int round = 0; round < 60; ++round) {
    const std::string text = random_text(random, 150);
    std::vector<Candidates> candidates;
    for (std::size_t i = 0; i < sources.size(); ++i) {
      candidates.push_back(random_candidates(random, sources[i], shapes[i], text));
    }
    const Cut cut = random_cut(random, 60);
    if (!cut.own_sizes.empty()) {
      deliver(*captured.job().make_consumer(), "f", text, cut, candidates);
      ASSERT_EQ(sorted_lines(captured.take_output()),
                sorted_lines(expected_output(regexes(), text)));
      continue;
    }
    // One chunk: also in order, and state of one file does not reach the next.
    deliver(*captured.job().make_consumer(), "f", text, cut, candidates);
    ASSERT_EQ(captured.take_output(), expected_output(regexes(), text));
  }
}

TEST(RuleScanner, OneConsumerTakesManyFiles) {
  CapturedJob captured(request_of({"ab+", "(?s)x.*y"}));
  auto consumer = captured.job().make_consumer();
  const Cut small{.own_sizes = {3}, .halo = 1, .overflow = {}};
  deliver(*consumer, "one", "x\nabby", small, {{2, 3}, {0}});
  deliver(*consumer, "two", "ab", {}, {{0}, {}});
  deliver(*consumer, "three", "y y ab", small, {{4}, {}});
  consumer.reset();
  EXPECT_EQ(captured.take_output(),
            "one:1:1: r1: x\\nabby\none:2:1: r0: abb\ntwo:1:1: r0: ab\nthree:1:5: r0: ab\n");
  EXPECT_EQ(captured.job().totals().files_with_matches, 3u);
}

TEST(RuleScanner, BoundedRulesReadLittleAgain) {
  const std::string regex = "key=[a-z0-9]{8,64}";
  CapturedJob captured(request_of({regex}));
  std::string content(1 << 20, 'x');
  std::vector<Candidates> candidates(1);
  for (std::size_t at = 4096 - 80; at + 80 < content.size(); at += 4096) {
    content.replace(at, 4, "key=");
    candidates[0].push_back(at + 3);
  }
  MemoryFile file("f", content, true);
  deliver(*captured.job().make_consumer(), file, content,
          {.own_sizes = {8192}, .halo = 4096, .overflow = {}}, candidates);
  EXPECT_EQ(captured.take_output(), expected_output({regex}, content));
  EXPECT_EQ(file.largest_read(), 0u);
}

TEST(RuleScanner, PathsChooseRulesAndAreReported) {
  scan::ScanRequest request = request_of({"ab", "b"});
  request.rules[1].path = "\\.txt$";
  request.rules.push_back({.id = "pem", .description = "", .regex = "", .path = "pem$", .line = 3});
  CapturedJob captured(std::move(request));
  for (const std::string path : {"x.c", "x.txt", "x.pem"}) {
    for (const Cut& cut : {Cut{}, Cut{.own_sizes = {1}, .overflow = {}}}) {
      deliver(*captured.job().make_consumer(), path, "ab", cut, {{1}, {1}});
    }
  }
  deliver(*captured.job().make_consumer(), "empty.pem", "", {}, {{}, {}});
  const std::string text = "x.c:1:1: r0: ab\n";
  const std::string txt = "x.txt:1:1: r0: ab\nx.txt:1:2: r1: b\n";
  const std::string pem = "x.pem:1:1: r0: ab\nx.pem:1:1: pem: \n";
  EXPECT_EQ(captured.take_output(), text + text + txt + txt + pem + pem + "empty.pem:1:1: pem: \n");
}

TEST(RuleScanner, JsonKeepsBytesThatAreNotUtf8) {
  scan::ScanRequest request = request_of({"a\\xff"});
  request.json = true;
  CapturedJob captured(std::move(request));
  deliver(*captured.job().make_consumer(), "d/\xfe", "b\na\xff", {}, {{3}});
  EXPECT_EQ(captured.take_output(),
            "{\"type\":\"match\",\"path_bytes\":\"ZC/+\",\"line\":2,\"column\":1,\"offset\":2,"
            "\"rule\":\"r0\",\"match_bytes\":\"Yf8=\"}\n");
}

TEST(RuleScanner, TellsByteOffsetsOfTheDeviceAndEveryReadError) {
  for (const bool json : {false, true}) {
    scan::ScanRequest request = request_of({"ab"});
    request.byte_offsets = true;
    request.json = json;
    CapturedJob captured(std::move(request));
    MemoryFile device("d", "x\nab", true, 4096);
    deliver(*captured.job().make_consumer(), device, "x\nab", {.own_sizes = {2}, .overflow = {}},
            {{3}});
    EXPECT_EQ(captured.take_output(),
              json ? "{\"type\":\"match\",\"path\":\"d\",\"line\":2,\"column\":1,"
                     "\"offset\":4098,\"rule\":\"r0\",\"match\":\"ab\"}\n"
                   : "d:2:1:4098: r0: ab\n");
    auto consumer = captured.job().make_consumer();
    consumer->on_read_error(device, unavailable("LBA 1", {}));
    const Error last = unavailable("LBA 9", {});
    consumer->on_file_end(device, &last);
    EXPECT_EQ(captured.take_errors(), "vyre: d: LBA 1\nvyre: d: LBA 9\n");
  }
}

// The windows rely on it: what lies beyond [startpos, endpos) is seen by assertions.
TEST(Re2, SeesTheTextBeyondTheRangeThatItSearches) {
  struct Case {
    const char* regex;
    const char* text;
    std::size_t begin;
    std::size_t end;
    bool matches;
  };
  const Case cases[] = {{"foo\\b", "foobar", 0, 3, false},    {"foo\\b", "foo bar", 0, 3, true},
                        {"foo\\B", "foobar", 0, 3, true},     {"foo$", "foobar", 0, 3, false},
                        {"foo$", "foo", 0, 3, true},          {"(?m)foo$", "foobar", 0, 3, false},
                        {"(?m)foo$", "foo\nbar", 0, 3, true}, {"\\bbar", "foobar", 3, 6, false},
                        {"\\bbar", "foo bar", 4, 7, true},    {"^bar", "foobar", 3, 6, false},
                        {"(?m)^bar", "foo\nbar", 4, 7, true}, {"(?m)^bar", "foobar", 3, 6, false},
                        {"(?:a|b)*x?$", "abab", 0, 2, false}, {"(f)(o)o\\b", "foobar", 0, 3, false},
                        {"f.*r\\z", "foobarx", 0, 6, false},  {"\\Bbar\\B", "xbary", 1, 4, true}};
  for (const Case& c : cases) {
    const auto regex = *scan::make_re2({c.regex, Dialect::kRe2, "r"});
    re2::StringPiece match[4];
    for (const int groups : {0, 1, std::min(regex->NumberOfCapturingGroups() + 1, 4)}) {
      EXPECT_EQ(regex->Match(c.text, c.begin, c.end, re2::RE2::UNANCHORED, match, groups),
                c.matches)
          << c.regex << " on " << c.text << ", groups " << groups;
    }
  }
}

}  // namespace
}  // namespace vyre::testing
