#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "backend/debug_formats.hpp"

namespace vyre::backend {
namespace {

using ::testing::HasSubstr;

constexpr wire::DebugRecord record(u32 format, u32 a = 1, u32 b = 0xFFFFFFFE, u32 c = 3) {
  return {format, {a, b, c}};
}

TEST(DebugFormats, PutArgumentsInTheirPlaces) {
  struct Case {
    std::string_view text;
    std::string_view line;
  };
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"", ""},
      {"begun", "begun"},
      {"{}", "1"},
      {"{} {} {}", "1 4294967294 3"},
      {"{:d}/{:d}, {:x}", "1/-2, 0x3"},
      {"{}{:x}", "10xfffffffe"},
      {"{{}} {{{}}}", "{} {1}"},
      {"100%s %n {}", "100%s %n 1"},
      {"two\nlines\x1b[31m {}\0"sv, "two\\x0alines\\x1b[31m 1\\x00"},
      {"caf\u00e9 {}", "caf\u00e9 1"},
  };
  DebugFormats formats;
  for (const Case& c : cases) {
    const auto id = formats.add(c.text);
    ASSERT_TRUE(id.has_value()) << c.text << ": " << id.error().message();
    EXPECT_EQ(*id, DebugFormats::id_of(c.text));
    EXPECT_EQ(formats.line(record(*id)), c.line);
  }
}

TEST(DebugFormats, RefuseWhatReachesBeyondTheArguments) {
  for (const std::string_view text :
       {"{} {} {} {}", "{", "}", "{}}", "{0}", "{3}", "{:s}", "{:1000000}", "{:x", "{ }", "{{}"}) {
    DebugFormats formats;
    const auto id = formats.add(text);
    ASSERT_FALSE(id.has_value()) << text;
    EXPECT_EQ(id.error().code, ErrorCode::kInvalidArgument);
    EXPECT_THAT(formats.line(record(DebugFormats::id_of(text))), HasSubstr("unknown format"));
  }
  DebugFormats formats;
  EXPECT_TRUE(formats.add(std::string(DebugFormats::kMostBytes, 'x')).has_value());
  EXPECT_FALSE(formats.add(std::string(DebugFormats::kMostBytes + 1, 'x')).has_value());
}

TEST(DebugFormats, ShowUnknownIdsRaw) {
  const DebugFormats formats;
  EXPECT_EQ(formats.line(record(0x2A)), "unknown format 0x0000002a: 1 4294967294 3");
}

TEST(DebugFormats, KnowATextOnce) {
  DebugFormats formats;
  const auto first = formats.add("a {}");
  EXPECT_EQ(formats.add("a {}").value(), *first);
  // Two texts of one hash: found by the birthday paradox.
  EXPECT_EQ(DebugFormats::id_of("costarring"), DebugFormats::id_of("liquid"));
  EXPECT_TRUE(formats.add("costarring").has_value());
  const auto second = formats.add("liquid");
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().what, HasSubstr("two PRINTF formats"));
}

TEST(DebugFormats, TakeAnyBytesApartOrRefuseThem) {
  std::mt19937 random(3);
  DebugFormats formats;
  const std::string_view letters = "{{{}}}::dxs \n";
  int taken = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text(random() % 12, ' ');
    for (char& byte : text) byte = letters[random() % letters.size()];
    const auto id = formats.add(text);
    if (!id) continue;
    ++taken;
    EXPECT_EQ(formats.line(record(*id)).find('\n'), std::string::npos);
  }
  EXPECT_GT(taken, 1000);
}

}  // namespace
}  // namespace vyre::backend
