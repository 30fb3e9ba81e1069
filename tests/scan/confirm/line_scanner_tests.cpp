#include <gtest/gtest.h>
#include <re2/re2.h>

#include <random>
#include <string>
#include <vector>

#include "scan/pattern/re2_source.hpp"
#include "tests/scan/confirm/fake_stream.hpp"

namespace vyre::testing {
namespace {

using scan::Dialect;
using scan::PatternSource;
using scan::ScanMode;

scan::ScanRequest request_of(ScanMode mode, const std::vector<std::string>& patterns) {
  scan::ScanRequest request;
  request.mode = mode;
  for (const std::string& pattern : patterns) {
    request.patterns.push_back({pattern, Dialect::kLine, "pattern"});
  }
  return request;
}

struct TextLine {
  std::string_view text;
  bool terminated;
};

std::vector<TextLine> lines_of(std::string_view content) {
  std::vector<TextLine> lines;
  while (!content.empty()) {
    const std::size_t newline = content.find('\n');
    const bool terminated = newline != std::string_view::npos;
    lines.push_back({content.substr(0, newline), terminated});
    content.remove_prefix(terminated ? newline + 1 : content.size());
  }
  return lines;
}

// What the scan must print, from RE2 on one line after the other.
std::string expected_output(ScanMode mode, const std::string& alternation,
                            std::string_view content) {
  const auto regex = *scan::make_re2({alternation, Dialect::kRe2, "all"});
  std::string out;
  std::uint64_t number = 0;
  std::uint64_t count = 0;
  for (const TextLine& line : lines_of(content)) {
    ++number;
    if (!re2::RE2::PartialMatch(line.text, *regex)) continue;
    ++count;
    const std::string prefix = "f:" + std::to_string(number) + ":";
    if (mode == ScanMode::kLines) out.append(prefix).append(line.text).append("\n");
    if (mode != ScanMode::kOnlyMatching) continue;
    std::string matches;
    std::size_t last_end = std::string::npos;
    const std::size_t limit = line.text.size() + (line.terminated ? 1 : 0);
    for (std::size_t at = 0; at < limit;) {
      re2::StringPiece match;
      if (!regex->Match(line.text, at, line.text.size(), re2::RE2::UNANCHORED, &match, 1)) break;
      const auto start = static_cast<std::size_t>(match.data() - line.text.data());
      if (start >= limit) break;
      at = start + std::max<std::size_t>(match.size(), 1);
      if (match.empty() && start == last_end) continue;
      last_end = start + match.size();
      matches.append(prefix).append(match.data(), match.size()).append("\n");
    }
    out += matches.empty() ? prefix + std::string(line.text) + "\n" : matches;
  }
  if (mode == ScanMode::kCount && count > 0) out = "f:" + std::to_string(count) + "\n";
  if (mode == ScanMode::kFilesOnly && count > 0) out = "f\n";
  return out;
}

std::string random_text(std::mt19937_64& random, std::size_t longest) {
  static constexpr std::string_view kBytes = "aaabbbcfo \n\n\r\xff";
  std::string text(random() % (longest + 1), ' ');
  for (char& byte : text) byte = kBytes[random() % kBytes.size()];
  return text;
}

TEST(LineScanner, EqualsRe2OnEveryLineHoweverTheFileIsCut) {
  const std::vector<std::vector<std::string>> pattern_lists = {
      {"ab"},        {"foo"},     {""},        {"a*"},    {"^a.*b$"}, {"\\bfo"},     {"b\\b"},
      {"[^a]b+"},    {"\\r$"},    {"a.{3}b"},  {"\\xff"}, {"^$"},     {"ab", "abc"}, {"abc", "ab"},
      {"foo", "x*"}, {"(?i)FO+"}, {"a.*b.*c"}, {"\\Aa"},  {"b\\z"},   {"$"}};
  const std::uint64_t seed = std::random_device{}();
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  for (const auto& patterns : pattern_lists) {
    for (const ScanMode mode :
         {ScanMode::kLines, ScanMode::kOnlyMatching, ScanMode::kCount, ScanMode::kFilesOnly}) {
      CapturedJob captured(request_of(mode, patterns));
      std::string alternation;
      for (const std::string& pattern : patterns) {
        if (!alternation.empty()) alternation += '|';
        alternation += "(?:" + *scan::re2_source({pattern, Dialect::kLine, "p"}) + ")";
      }
      for (int round = 0; round < 12; ++round) {
        const std::string text = random_text(random, round < 6 ? 40 : 120);
        std::vector<Candidates> candidates;
        // A line's candidates: those of the line taken alone, moved to its place.
        for (const std::string& pattern : patterns) {
          const PatternSource source{pattern, Dialect::kLine, "p"};
          const auto shape = scan::compile_patterns({&source, 1})->shapes.front();
          Candidates& all = candidates.emplace_back();
          std::size_t begin = 0;
          for (const TextLine& line : lines_of(text)) {
            for (const std::uint64_t offset : random_candidates(random, source, shape, line.text)) {
              all.push_back(begin + offset);
            }
            begin += line.text.size() + 1;
          }
        }
        const Cut cut = random_cut(random, 50);
        deliver(*captured.job().make_consumer(), "f", text, cut, candidates);
        ASSERT_EQ(captured.take_output(), expected_output(mode, alternation, text))
            << "pattern " << patterns.front() << ", text " << ::testing::PrintToString(text);
      }
    }
  }
}

struct MarkCase {
  std::string content;
  std::string pattern;
  std::string output;
};

class ByteOrderMarks : public ::testing::TestWithParam<MarkCase> {};

TEST_P(ByteOrderMarks, AreStrippedOrTranscoded) {
  const MarkCase& c = GetParam();
  CapturedJob captured(request_of(ScanMode::kLines, {c.pattern}));
  std::vector<Cut> cuts{{}};
  for (std::size_t size = 1; size < 8; ++size)
    cuts.push_back({.own_sizes = {size}, .overflow = {}});
  for (const Cut& cut : cuts) {
    deliver(*captured.job().make_consumer(), "f", c.content, cut, {{}});
    EXPECT_EQ(captured.take_output(), c.output);
  }
}

std::string bytes(std::initializer_list<unsigned char> list) { return {list.begin(), list.end()}; }

INSTANTIATE_TEST_SUITE_P(
    Table, ByteOrderMarks,
    ::testing::Values(
        MarkCase{"\xEF\xBB\xBF", "", ""}, MarkCase{"\xEF\xBB\xBF\n", "", "f:1:\n"},
        MarkCase{"\xEF\xBB\xBF"
                 "abc",
                 "^|^x*", "f:1:abc\n"},
        MarkCase{"\xEF\xBB\xBF\xEF\xBB\xBF"
                 "abc",
                 "",
                 "f:1:\xEF\xBB\xBF"
                 "abc\n"},
        MarkCase{bytes({0xFF, 0xFE}), "", ""},
        MarkCase{bytes({0xFF, 0xFE, 'a', 0, 'b', 0, '\n', 0, 'c', 0}), "b", "f:1:ab\n"},
        MarkCase{bytes({0xFF, 0xFE, 'a', 0, 'b', 0, '\n', 0, 'c', 0}), "c$", "f:2:c\n"},
        MarkCase{bytes({0xFE, 0xFF, 0, 'h', 0, 0xE9}), "h", "f:1:h\xC3\xA9\n"},
        MarkCase{bytes({0xFF, 0xFE, 0x0A, 0x0B}), "", "f:1:\xE0\xAC\x8A\n"},
        MarkCase{bytes({0xFF, 0xFE, 'a'}), "", "f:1:\xEF\xBF\xBD\n"},
        MarkCase{bytes({0xFF, 0xFE, 0x00, 0xD8, 'a', 0, 0, 0xDC, '\n', 0, 0x3D, 0xD8, 0x00, 0xDE}),
                 "",
                 "f:1:\xEF\xBF\xBD"
                 "a\xEF\xBF\xBD\nf:2:\xF0\x9F\x98\x80\n"},
        MarkCase{bytes({0xFF, 0xFE, 0xFF, 0xFE, 'a', 0}), "", "f:1:a\n"}));

TEST(LineScanner, ALongLineWithoutCandidateIsNeverReadAgain) {
  CapturedJob captured(request_of(ScanMode::kLines, {"needle"}));
  const std::string content(1 << 20, 'x');
  MemoryFile file("f", content, true);
  deliver(*captured.job().make_consumer(), file, content, {.own_sizes = {4096}, .overflow = {}},
          {{}});
  EXPECT_EQ(captured.take_output(), "");
  EXPECT_EQ(file.largest_read(), 0u);
}

TEST(LineScanner, ALineWithACandidateIsReadOnceItsEndIsKnown) {
  CapturedJob captured(request_of(ScanMode::kLines, {"needle"}));
  const std::string content =
      "1\n" + std::string(100'000, 'x') + "needle" + std::string(100'000, 'y') + "\n3\n";
  const std::uint64_t place = content.find("needle") + 5;
  deliver(*captured.job().make_consumer(), "f", content, {.own_sizes = {4096}, .overflow = {}},
          {{place}});
  EXPECT_EQ(captured.take_output(), "f:2:" + content.substr(2, content.size() - 4));
}

TEST(LineScanner, JsonTellsWhereTheFirstMatchIs) {
  scan::ScanRequest request = request_of(ScanMode::kLines, {"b+"});
  request.json = true;
  CapturedJob captured(std::move(request));
  deliver(*captured.job().make_consumer(), "f", "a\nabb\xff b\n", {}, {{3}});
  EXPECT_EQ(captured.take_output(),
            "{\"type\":\"match\",\"path\":\"f\",\"line\":2,\"column\":2,\"offset\":3,"
            "\"text_bytes\":\"YWJi/yBi\",\"match\":\"bb\"}\n");
}

TEST(LineScanner, TellsByteOffsetsOfTheFileOrDevice) {
  struct Case {
    ScanMode mode;
    bool json;
    const char* printed;
  };
  const Case cases[] = {
      {ScanMode::kLines, false, "d:2:1002:xneedle needle\nd:4:1021:needle\n"},
      {ScanMode::kOnlyMatching, false, "d:2:1003:needle\nd:2:1010:needle\nd:4:1021:needle\n"},
      {ScanMode::kCount, false, "d:2\n"},
      {ScanMode::kLines, true,
       "{\"type\":\"match\",\"path\":\"d\",\"line\":2,\"column\":2,\"offset\":1003,"
       "\"text\":\"xneedle needle\",\"match\":\"needle\"}\n"
       "{\"type\":\"match\",\"path\":\"d\",\"line\":4,\"column\":1,\"offset\":1021,"
       "\"text\":\"needle\",\"match\":\"needle\"}\n"},
  };
  const std::string content = "a\nxneedle needle\nabc\nneedle\n";
  for (const Case& c : cases) {
    for (const std::size_t own : {1, 7, 100}) {
      scan::ScanRequest request = request_of(c.mode, {"needle"});
      request.byte_offsets = true;
      request.json = c.json;
      CapturedJob captured(std::move(request));
      MemoryFile device("d", content, true, 1000);
      deliver(*captured.job().make_consumer(), device, content,
              {.own_sizes = {own}, .overflow = {}}, {{8, 15, 26}});
      EXPECT_EQ(captured.take_output(), c.printed) << own;
    }
  }
}

// Runs of bad blocks come before the end, and each is an error of its own.
TEST(LineScanner, ReportsEveryReadError) {
  CapturedJob captured(request_of(ScanMode::kLines, {"a"}));
  auto consumer = captured.job().make_consumer();
  const MemoryFile device("d", "", false);
  consumer->on_read_error(device, unavailable("LBA 1", {}));
  consumer->on_read_error(device, unavailable("LBA 5", {}));
  const Error last = unavailable("LBA 9", {});
  consumer->on_file_end(device, &last);
  consumer.reset();
  EXPECT_EQ(captured.take_errors(), "vyre: d: LBA 1\nvyre: d: LBA 5\nvyre: d: LBA 9\n");
  EXPECT_EQ(captured.job().totals().files, 1u);
}

TEST(LineScanner, AFileThatFailsIsReportedOnceAndTheNextIsScanned) {
  CapturedJob captured(request_of(ScanMode::kLines, {"a"}));
  auto consumer = captured.job().make_consumer();
  const MemoryFile file("gone", "", false);
  const Error error = syscall_error("open", 2);
  consumer->on_file_end(file, &error);
  deliver(*consumer, "f", "a\n", {}, {{0}});
  consumer.reset();
  EXPECT_EQ(captured.take_output(), "f:1:a\n");
  EXPECT_EQ(captured.take_errors(), "vyre: gone: open: No such file or directory\n");
  EXPECT_EQ(captured.job().totals().files, 2u);
}

}  // namespace
}  // namespace vyre::testing
