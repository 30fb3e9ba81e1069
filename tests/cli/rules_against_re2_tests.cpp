// `vyre scan --rules` finds exactly what RE2 finds when each rule runs over whole files.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/cli/planted_tree.hpp"
#include "tests/cli/rule_oracle.hpp"

namespace vyre::testing {
namespace {

std::set<std::string> lines_of(const std::string& command) {
  struct Close {
    void operator()(FILE* pipe) const { pclose(pipe); }
  };
  const std::unique_ptr<FILE, Close> pipe(popen(command.c_str(), "r"));
  std::string text;
  std::array<char, 1 << 16> buffer;
  for (std::size_t got; (got = fread(buffer.data(), 1, buffer.size(), pipe.get())) > 0;) {
    text.append(buffer.data(), got);
  }
  std::set<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.insert(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::vector<std::string> missing_from(const std::set<std::string>& lines,
                                      const std::set<std::string>& wanted) {
  std::vector<std::string> missing;
  std::set_difference(wanted.begin(), wanted.end(), lines.begin(), lines.end(),
                      std::back_inserter(missing));
  for (std::string& line : missing) line.resize(std::min<std::size_t>(line.size(), 300));
  missing.resize(std::min<std::size_t>(missing.size(), 10));
  return missing;
}

class RulesAgainstRe2 : public ::testing::Test {
 protected:
  RulesAgainstRe2() {
    std::string pattern = ::testing::TempDir() + "vyre-rules-XXXXXX";
    folder_ = mkdtemp(pattern.data());
  }
  ~RulesAgainstRe2() override { std::filesystem::remove_all(folder_); }

  void compare(const std::string& rules_file) {
    const std::uint64_t seed = std::random_device{}();
    SCOPED_TRACE(fmt::format("seed {}", seed));
    const auto loaded = scan::load_rule_file(rules_file);
    ASSERT_TRUE(loaded) << loaded.error().message();
    const PlantedTree tree = plant(folder_, loaded->rules, seed);
    EXPECT_THAT(tree.unplanted, ::testing::IsEmpty());

    const std::set<std::string> expected = matches_of(loaded->rules, tree.files);
    const std::set<std::string> found = lines_of(fmt::format(
        "'{}' scan --rules '{}' '{}' 2>/dev/null", VYRE_COMMAND, rules_file, folder_.string()));
    EXPECT_GE(expected.size(), loaded->rules.size());
    EXPECT_THAT(missing_from(found, expected), ::testing::IsEmpty()) << "RE2 finds these too";
    EXPECT_THAT(missing_from(expected, found), ::testing::IsEmpty()) << "RE2 does not find these";
    fmt::print("seed {}: {} rules, {} files, {} matches\n", seed, loaded->rules.size(),
               tree.files.size(), expected.size());
  }

  std::filesystem::path folder_;
};

TEST_F(RulesAgainstRe2, ExampleRules) { compare(VYRE_SOURCE "/examples/secrets.toml"); }

TEST_F(RulesAgainstRe2, RealRules) {
  const std::string rules = VYRE_SOURCE "/../shared/data/gitleaks.toml";
  if (!std::filesystem::exists(rules)) GTEST_SKIP() << rules << " is not there";
  compare(rules);
}

}  // namespace
}  // namespace vyre::testing
