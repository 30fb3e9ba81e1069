#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <algorithm>
#include <string>
#include <vector>

#include "cli/literal_argument.hpp"
#include "cli/scan_options.hpp"

namespace vyre::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ScanOptions parsed(std::vector<std::string> arguments) {
  ScanOptions options;
  CLI::App app;
  declare_scan_options(app, options);
  std::reverse(arguments.begin(), arguments.end());
  for (std::string& argument : arguments) argument = mark_literal(std::move(argument));
  app.parse(arguments);
  return options;
}

TEST(ScanOptions, TakeArgumentsAsTheyAre) {
  const ScanOptions options = parsed({"-e", "-dash", "-e", "", "-e[a,b]", "-e", "a,b", "-e", "[x]",
                                      "[c,d]", "\x1A[c]", "--", "-e", "[slug]"});
  EXPECT_THAT(options.patterns, ElementsAre("-dash", "", "[a,b]", "a,b", "[x]"));
  EXPECT_THAT(options.paths, ElementsAre("[c,d]", "\x1A[c]", "-e", "[slug]"));
}

TEST(ScanOptions, AnOptionTakesOneArgumentAndPathsMayComeAnywhere) {
  const ScanOptions options = parsed({"one", "-e", "x", "two", "-io", "-f", "g", "three"});
  EXPECT_THAT(options.patterns, ElementsAre("x"));
  EXPECT_THAT(options.pattern_files, ElementsAre("g"));
  EXPECT_THAT(options.paths, ElementsAre("one", "two", "three"));
  EXPECT_TRUE(options.ignore_case && options.only_matching);
}

TEST(ScanOptions, TheLastWordOnByteOffsetsCounts) {
  EXPECT_EQ(parsed({}).byte_offset, std::nullopt);
  EXPECT_EQ(parsed({"-b"}).byte_offset, true);
  EXPECT_EQ(parsed({"--byte-offset"}).byte_offset, true);
  EXPECT_EQ(parsed({"--no-byte-offset"}).byte_offset, false);
  EXPECT_EQ(parsed({"-bo"}).byte_offset, true);
  EXPECT_EQ(parsed({"-b", "--no-byte-offset"}).byte_offset, false);
  EXPECT_EQ(parsed({"--no-byte-offset", "-b", "-b"}).byte_offset, true);
}

TEST(ScanOptions, ValuesAreChecked) {
  EXPECT_EQ(parsed({"--io", "direct", "--threads", "3"}).stream.io, IoPolicy::kDirect);
  EXPECT_EQ(parsed({"--threads=3"}).stream.threads, 3u);
  EXPECT_THROW(parsed({"--threads", "0"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--threads", "many"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--io", "magic"}), CLI::ParseError);
  EXPECT_THROW(parsed({"-e"}), CLI::ParseError);
  EXPECT_THROW(parsed({"--colour"}), CLI::ParseError);
}

struct Conflict {
  std::vector<std::string> arguments;
  std::vector<std::string> named;
};

class Conflicts : public ::testing::TestWithParam<Conflict> {};

TEST_P(Conflicts, AreErrorsThatSayWhich) {
  std::string warning;
  InputTexts inputs;
  const auto request = make_scan_request(parsed(GetParam().arguments), inputs, warning);
  ASSERT_FALSE(request.has_value());
  EXPECT_EQ(request.error().code, ErrorCode::kInvalidArgument);
  for (const std::string& name : GetParam().named) {
    EXPECT_THAT(request.error().message(), HasSubstr(name));
  }
}

INSTANTIATE_TEST_SUITE_P(Table, Conflicts,
                         ::testing::Values(Conflict{{"-c", "-l", "-e", "x"}, {"-c", "-l"}},
                                           Conflict{{"-o", "-c", "-e", "x"}, {"-c", "-o"}},
                                           Conflict{{"-o", "-l", "-e", "x"}, {"-l", "-o"}},
                                           Conflict{{"--json", "-c", "-e", "x"}, {"-c", "--json"}},
                                           Conflict{{"--json", "-l", "-e", "x"}, {"-l", "--json"}},
                                           Conflict{{"--json", "-o", "-e", "x"}, {"-o", "--json"}},
                                           Conflict{{"--rules", "r", "-e", "x"}, {"--rules", "-e"}},
                                           Conflict{{"--rules", "r", "-f", "x"}, {"--rules", "-f"}},
                                           Conflict{{"--rules", "r", "-i"}, {"--rules", "-i"}},
                                           Conflict{{"--rules", "r", "-F"}, {"--rules", "-F"}},
                                           Conflict{{"--rules", "r", "-c"}, {"--rules", "-c"}},
                                           Conflict{{"--rules", "r", "-l"}, {"--rules", "-l"}},
                                           Conflict{{"--rules", "r", "-o"}, {"--rules", "-o"}},
                                           Conflict{
                                               {"-e", "x", "--backend", "cpu", "--device", "0"},
                                               {"--backend cpu", "--device"}},
                                           Conflict{{}, {"-e", "-f", "--rules"}},
                                           Conflict{{"word", "dir"}, {"vyre scan -e 'word' dir"}}));

TEST(ScanOptions, FixedStringsAndCaseBecomePatterns) {
  std::string warning;
  InputTexts inputs;
  const auto request = make_scan_request(parsed({"-F", "-i", "-e", "a.b[^\\"}), inputs, warning);
  ASSERT_TRUE(request.has_value());
  EXPECT_EQ(request->patterns.front().text, "(?i)a\\.b\\[\\^\\\\");
  EXPECT_EQ(request->patterns.front().dialect, scan::Dialect::kLine);
  EXPECT_EQ(warning, "");
}

}  // namespace
}  // namespace vyre::cli
