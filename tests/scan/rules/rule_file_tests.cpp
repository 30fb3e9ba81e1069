#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>

#include "scan/rules/rule_file.hpp"

namespace vyre::scan {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(RuleFile, ReadsRulesAndNamesWhatItDoesNotApply) {
  const auto file = parse_rule_file(R"(
title = "mine"
[allowlist]
paths = ["x"]
[[rules]]
id = "one"
regex = '''a"b'''
entropy = 3
[[rules]]
id = "two"
path = "pem$"
keywords = ["k"]
entropy = 4
)",
                                    "r.toml");
  ASSERT_TRUE(file.has_value()) << file.error().message();
  ASSERT_EQ(file->rules.size(), 2u);
  EXPECT_EQ(file->rules[0].regex, "a\"b");
  EXPECT_EQ(file->rules[0].line, 7u);
  EXPECT_EQ(file->rules[1].path, "pem$");
  EXPECT_THAT(file->unapplied_keys,
              ::testing::UnorderedElementsAre("allowlist", "rules.entropy", "rules.keywords"));
  const std::string warning = unapplied_keys_warning(*file, "r.toml");
  EXPECT_THAT(warning, HasSubstr("rules.entropy"));
  EXPECT_EQ(warning.find('\n'), std::string::npos);
}

struct BadFile {
  const char* text;
  const char* place;
  const char* names;
};

class BadRuleFiles : public ::testing::TestWithParam<BadFile> {};

TEST_P(BadRuleFiles, AreErrorsThatNameThePlace) {
  const auto file = parse_rule_file(GetParam().text, "r.toml");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
  EXPECT_THAT(file.error().what, StartsWith(GetParam().place));
  EXPECT_THAT(file.error().what, HasSubstr(GetParam().names));
  EXPECT_FALSE(file.error().fix.empty());
}

INSTANTIATE_TEST_SUITE_P(
    Table, BadRuleFiles,
    ::testing::Values(BadFile{"[[rules]]\nid = \"a\nregex = 'b'\n", "r.toml:2:", ""},
                      BadFile{"x = = 1\n", "r.toml:1:5", ""}, BadFile{"", "r.toml:1:1", "rules"},
                      BadFile{"title = \"x\"\n", "r.toml:1:1", "rules"},
                      BadFile{"rules = 3\n", "r.toml:1:", ""},
                      BadFile{"rules = [1]\n", "r.toml:1:10", ""},
                      BadFile{"[[rules]]\nregex = 'a'\n", "r.toml:1:1", "id"},
                      BadFile{"[[rules]]\nid = 'a'\n", "r.toml:1:1", "\"a\""},
                      BadFile{"[[rules]]\nid = 7\nregex = 'a'\n", "r.toml:2:6", "id"},
                      BadFile{"[[rules]]\nid = 'a'\nregex = ['a']\n", "r.toml:3:9", "regex"},
                      BadFile{
                          "[[rules]]\nid = 'a'\nregex = 'x'\n[[rules]]\nid = 'a'\nregex = 'y'\n",
                          "r.toml:4:1", "line 1"},
                      BadFile{"[[rules]]\nid = '\xFF'\nregex = 'x'\n", "r.toml:2:", ""}));

TEST(RuleFile, AMissingFileIsASystemError) {
  const auto file = load_rule_file("/nonexistent/rules.toml");
  ASSERT_FALSE(file.has_value());
  EXPECT_EQ(file.error().code, ErrorCode::kSyscall);
  EXPECT_EQ(file.error().detail, ENOENT);
  EXPECT_EQ(load_rule_file("/").error().detail, EISDIR);
}

TEST(RuleFile, LoadsARealSetUnchanged) {
  const std::filesystem::path path = VYRE_SHARED_DATA "/gitleaks.toml";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  const auto file = load_rule_file(path);
  ASSERT_TRUE(file.has_value()) << file.error().message();
  EXPECT_EQ(file->rules.size(), 222u);
  EXPECT_THAT(file->unapplied_keys, ::testing::Contains("rules.allowlists"));
}

}  // namespace
}  // namespace vyre::scan
