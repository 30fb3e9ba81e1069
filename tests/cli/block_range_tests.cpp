#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "cli/block_range.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

TEST(BlockRange, IsFirstAndCount) {
  struct Case {
    const char* text;
    BlockRange range;
  };
  const Case cases[] = {
      {"0:1", {0, 1}},
      {"2048:4096", {2048, 4096}},
      {"00:08", {0, 8}},
      {"18446744073709551614:1", {18446744073709551614u, 1}},
      {"0:18446744073709551615", {0, 18446744073709551615u}},
  };
  for (const Case& c : cases) {
    const auto range = parse_block_range(c.text);
    ASSERT_TRUE(range) << c.text << ": " << range.error().message();
    EXPECT_EQ(*range, c.range) << c.text;
  }
}

TEST(BlockRange, RefusesWhatIsNone) {
  struct Case {
    const char* text;
    const char* told;
  };
  const Case cases[] = {
      {"", "no range of blocks"},
      {":", "no range of blocks"},
      {"5", "no range of blocks"},
      {"5:", "no range of blocks"},
      {":5", "no range of blocks"},
      {"5:6:7", "no range of blocks"},
      {"5-6", "no range of blocks"},
      {"-5:6", "no range of blocks"},
      {"+5:6", "no range of blocks"},
      {"5:-6", "no range of blocks"},
      {" 5:6", "no range of blocks"},
      {"5: 6", "no range of blocks"},
      {"5:6 ", "no range of blocks"},
      {"0x5:6", "no range of blocks"},
      {"5:6k", "no range of blocks"},
      {"18446744073709551616:1", "no range of blocks"},
      {"0:18446744073709551616", "no range of blocks"},
      {"5:0", "a range of no blocks"},
      {"18446744073709551615:1", "does not fit 64 bits"},
      {"1:18446744073709551615", "does not fit 64 bits"},
  };
  for (const Case& c : cases) {
    const auto range = parse_block_range(c.text);
    ASSERT_FALSE(range) << c.text;
    EXPECT_EQ(range.error().code, ErrorCode::kInvalidArgument) << c.text;
    EXPECT_THAT(range.error().what, HasSubstr(c.told)) << c.text;
    EXPECT_FALSE(range.error().fix.empty()) << c.text;
  }
}

}  // namespace
}  // namespace vyre::cli
