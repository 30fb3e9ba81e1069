#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "scan/report/text_format.hpp"

namespace vyre::scan {
namespace {

std::string escaped(std::string_view text) {
  std::string out;
  append_escaped(out, text);
  return out;
}

TEST(TextFormat, EscapesControlBytesAndTheBackslash) {
  EXPECT_EQ(escaped("a\nb\r\t\\n"), "a\\nb\\r\\t\\\\n");
  EXPECT_EQ(escaped(std::string_view("\0\x1b\x7f", 3)), "\\x00\\x1b\\x7f");
  EXPECT_EQ(escaped("\xC3\xA9\xFF"), "\xC3\xA9\xFF");
}

TEST(TextFormat, EscapedTextIsUnambiguous) {
  // Undone by reading from the left: no two texts may look alike.
  const std::string_view texts[] = {"\n", "\\n", "\\\n", "\\\\n", "\\x0a", "\x01", "\\x01"};
  for (const auto a : texts) {
    for (const auto b : texts) EXPECT_EQ(escaped(a) == escaped(b), a == b);
  }
}

TEST(TextFormat, KnowsUtf8) {
  for (const std::string_view good : {"", "abc", "\xC2\x80", "\xE0\xA0\x80", "\xED\x9F\xBF",
                                      "\xF0\x90\x80\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(good));
  }
  for (const std::string_view bad :
       {"\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "a\xFF"}) {
    EXPECT_FALSE(is_utf8(bad));
  }
}

TEST(TextFormat, HasByteOffsetsBehindTheNumbers) {
  std::string out;
  append_line(out, "f", 3, std::nullopt, "text");
  append_line(out, "f", 3, 0, "text");
  append_line(out, "f", 3, 18446744073709551615u, "text");
  append_finding(out, "f", {.offset = 9, .line = 3, .column = 2, .match = "m"}, "r", false);
  append_finding(out, "f", {.offset = 9, .line = 3, .column = 2, .match = "m"}, "r", true);
  EXPECT_EQ(out,
            "f:3:text\nf:3:0:text\nf:3:18446744073709551615:text\nf:3:2: r: m\nf:3:2:9: r: m\n");
}

TEST(TextFormat, Base64) {
  EXPECT_EQ(base64(""), "");
  EXPECT_EQ(base64("f"), "Zg==");
  EXPECT_EQ(base64("fo"), "Zm8=");
  EXPECT_EQ(base64("foo"), "Zm9v");
  EXPECT_EQ(base64("\xFB\xFF\xFE"), "+//+");
}

TEST(TextFormat, JsonIsOneValidObjectPerLine) {
  std::string out;
  append_json_line(out, "a\nb", {7, 1, 8, "x\"y"}, std::string_view("\0x\"y", 4));
  append_json_error(out, "\xFF", syscall_error("open", 13, "become root"));
  const std::size_t newline = out.find('\n');
  const auto first = nlohmann::json::parse(out.substr(0, newline));
  EXPECT_EQ(first.at("path"), "a\nb");
  EXPECT_EQ(first.at("match"), "x\"y");
  EXPECT_EQ(first.at("text"), std::string("\0x\"y", 4));
  const auto second = nlohmann::json::parse(out.substr(newline + 1));
  EXPECT_EQ(second.at("type"), "error");
  EXPECT_EQ(second.at("path_bytes"), "/w==");
}

}  // namespace
}  // namespace vyre::scan
