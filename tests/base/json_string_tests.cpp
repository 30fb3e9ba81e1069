#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>
#include <string>

#include "base/json_string.hpp"

namespace vyre::base {
namespace {

std::string as_json(std::string_view bytes) {
  std::string text;
  append_json_string(text, bytes);
  return text;
}

TEST(JsonString, EscapesAndReplaces) {
  struct Case {
    std::string_view bytes;
    std::string_view text;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"", R"("")"},
      {"src/main.cpp", R"("src/main.cpp")"},
      {R"(a"b\c)", R"("a\"b\\c")"},
      {"line\nfeed\t\x1b[31m", "\"line\\u000afeed\\u0009\\u001b[31m\""},
      {"\0"sv, R"("\u0000")"},
      {"caf\u00e9 \u20ac \U0001F600", "\"caf\u00e9 \u20ac \U0001F600\""},
      {"\xff", "\"\uFFFD\""},
      {"a\xc3", "\"a\uFFFD\""},
      {"\xe2\x82", "\"\uFFFD\uFFFD\""},
      // Overlong, a surrogate, and above the last code point.
      {"\xc0\x80", "\"\uFFFD\uFFFD\""},
      {"\xed\xa0\x80", "\"\uFFFD\uFFFD\uFFFD\""},
      {"\xf4\x90\x80\x80", "\"\uFFFD\uFFFD\uFFFD\uFFFD\""},
  };
  for (const Case& c : cases) EXPECT_EQ(as_json(c.bytes), c.text);
}

TEST(JsonString, AnyBytesBecomeOneStringThatParses) {
  std::mt19937 random(11);
  for (int i = 0; i < 2000; ++i) {
    std::string bytes(random() % 40, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    const auto parsed = nlohmann::json::parse(as_json(bytes), nullptr, false);
    ASSERT_TRUE(parsed.is_string()) << i;
  }
}

}  // namespace
}  // namespace vyre::base
