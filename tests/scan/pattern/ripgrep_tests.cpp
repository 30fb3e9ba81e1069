#include <gtest/gtest.h>
#include <re2/re2.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "scan/pattern/re2_source.hpp"
#include "tests/scan/support/random_pattern.hpp"

// The kLine dialect is defined by a program: these tests ask it.
namespace vyre::scan {
namespace {

using LineNumbers = std::vector<std::size_t>;

std::string shell_word(std::string_view text) {
  std::string out = "'";
  for (const char byte : text) out += byte == '\'' ? std::string("'\\''") : std::string(1, byte);
  return out + "'";
}

class Ripgrep : public ::testing::Test {
 protected:
  void SetUp() override {
    if (std::system("rg --version 2>&1 | grep -q 'ripgrep 13'") != 0) {
      GTEST_SKIP() << "ripgrep 13 is not installed";
    }
    std::string name = (std::filesystem::temp_directory_path() / "vyre-lines-XXXXXX").string();
    ASSERT_NE(mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  void write_lines(std::vector<std::string> lines) {
    lines_ = std::move(lines);
    std::ofstream file(folder_ / "text", std::ios::binary);
    for (const std::string& line : lines_) file << line << '\n';
  }

  /// The lines that match, or nothing where ripgrep refuses the pattern.
  std::optional<LineNumbers> ask_ripgrep(std::string_view pattern) {
    const std::string command = "rg --no-config -a --no-unicode -n --no-heading --color never -e " +
                                shell_word(pattern) + " -- " +
                                shell_word((folder_ / "text").string()) + " 2>&1";
    FILE* pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return std::nullopt;
    std::string output;
    char buffer[4096];
    for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
      output.append(buffer, n);
    }
    const int status = pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) return std::nullopt;
    LineNumbers numbers;
    for (std::size_t at = 0; at < output.size(); at = output.find('\n', at) + 1) {
      numbers.push_back(std::stoul(output.substr(at)));
    }
    return numbers;
  }

  std::optional<LineNumbers> ask_re2(std::string_view pattern) {
    const auto regex = make_re2({std::string(pattern), Dialect::kLine, {}});
    if (!regex) return std::nullopt;
    LineNumbers numbers;
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (re2::RE2::PartialMatch(lines_[i], **regex)) numbers.push_back(i + 1);
    }
    return numbers;
  }

 private:
  std::filesystem::path folder_;
  std::vector<std::string> lines_;
};

TEST_F(Ripgrep, AgreesOnSyntax) {
  using namespace std::string_literals;
  write_lines({"a",
               "b",
               "ab",
               "aaa",
               "",
               "a b",
               "a\vb",
               "A",
               "B",
               "\xFF",
               "\xC3\xA9",
               "\xE9",
               "a-b",
               "a]b",
               "{,3}",
               "a{2",
               "\x07",
               "a\tb",
               "0",
               "_",
               "a\rb",
               "[:a:]",
               "a&b",
               "k",
               "K",
               "\xE2\x84\xAA",
               std::string(70'000, 'x') + "ab",
               "a\0b"s});
  for (const std::string_view pattern :
       {"\\xe9", "[\\xe9]", "[\\x80-\\xff]", "[^a]", "[^a]b", "\\s", "\\S", "[[:space:]]b", "\\D",
        "\\W", ".", "(?s).b", "(?-s:.)b", "^$", "^a$", "\\Aa", "a\\z", "(?-m)^a$", "(?m)a$", "a**",
        "a+?+", "a{2}{3}", "a{ 2 }", "a{2 , 3}", "|a", "a||b", "()", "(?:)", "(?U)a+",
        "(?x) a b # c", "(?x)a\\ b", "(?x)[a b]{2}", "(?i)k", "(?i)[^k]", "(?i)[a-b]",
        "[a-z&&[ab]]", "[a-z--b]", "[a-c~~b]", "[[ab]&&[bc]]", "[]a]", "[^]a]", "[a-]b", "[-a]b",
        "[--a]", "[a--b]", "[[:alpha:]]", "[[:^alpha:]]", "[[:foo:]]", "[:alpha:]", "[\\w\\-]",
        "a]", "a}", "\\&", "\\-", "\\~", "\\#", "\\a", "\\f|\\t", "\\v", "\\x41", "\\u0041",
        "\\U00000041", "\\x{41}", "\\b*a", "^*", "a$b", "(?i-s:a.)", "(?-u)a", "(?-u:a)",
        "(?i)(?-i)a", "a(?i)b", "(a(?i)b)B", "x{3,}ab", "x{1001}", "\\Ba", "b\\B", "\\bb", "b\\b$",
        "[\\na]", "a.b", "a\\x00b", "[\\x00-\\x1f]", "a\\rb",
        // Refused by both.
        "a\nb", "a\\nb", "[\\n]", "\\x0a|a", "a\\n*", "[^\\x00-\\xff]", "[a&&b]", "a{,3}", "a{",
        "a{2", "a{2,1}", "*a", "(*a)", "a|*", "(?i)*", "\\Qa\\E", "\\E", "\\Z", "\\<a", "\\/",
        "\\_", "\\e", "\\ ", "\\%", "\\1", "\\0", "\\101", "\\8", "\\x4", "\\x{}", "\\x{e9}",
        "\\u00e9", "\\x{110000}", "\\pL", "\\p{Greek}", "[\u00e9]", "[^\u00e9]", "(?R)a", "(?z)",
        "(?i", "(?", "(", ")", "a)", "[a", "[]", "[^]", "[z-a]", "[\\d-z]", "[a-\\d]", "[\\b]",
        "\\", "(?=a)", "(?!a)", "(?<=a)", "(?P<n", "(?P<>a)", "(?--i)a", "\\C", "\\h",
        "[[:alpha:", "(?i)[[:^alpha:]]", "[^\\W]", "[\\D]", "[a\\]]"}) {
    EXPECT_EQ(ask_re2(pattern), ask_ripgrep(pattern)) << "pattern '" << pattern << "'";
  }
}

TEST_F(Ripgrep, AgreesOnRandomPatterns) {
  for (unsigned seed = 1; seed <= 250; ++seed) {
    testing::Random random(seed);
    std::string pattern = testing::random_pattern(random, Dialect::kLine);
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " pattern '" << pattern << "'");
    // Only ripgrep refuses characters above ASCII; the bytes mean the same to both.
    for (std::size_t at = 0; (at = pattern.find("\u00e9")) != std::string::npos;) {
      pattern.replace(at, 2, "(?:\\xC3\\xA9)");
    }
    const auto ast = make_re2({pattern, Dialect::kLine, {}});
    ASSERT_TRUE(ast.has_value()) << ast.error().message();
    std::vector<std::string> lines;
    for (int i = 0; i < 60; ++i) {
      lines.push_back(testing::random_text(random, Dialect::kLine, testing::below(random, 12)));
    }
    write_lines(lines);
    ASSERT_EQ(ask_re2(pattern), ask_ripgrep(pattern));
  }
}

}  // namespace
}  // namespace vyre::scan
