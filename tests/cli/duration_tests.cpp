#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/duration.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

TEST(Duration, IsANumberAndAUnit) {
  struct Case {
    const char* text;
    std::chrono::nanoseconds duration;
  };
  const Case cases[] = {
      {"1us", 1us},   {"500ms", 500ms}, {"2s", 2s},      {"1.5s", 1500ms},
      {"0.25m", 15s}, {"3m", 3min},     {"1h", 1h},      {"24h", 24h},
      {".5s", 500ms}, {"0.001us", 1ns}, {"86400s", 24h}, {"007ms", 7ms},
  };
  for (const Case& c : cases) {
    const auto duration = parse_duration(c.text);
    ASSERT_TRUE(duration) << c.text << ": " << duration.error().message();
    EXPECT_EQ(*duration, c.duration) << c.text;
  }
}

TEST(Duration, RefusesWhatIsNone) {
  struct Case {
    const char* text;
    const char* told;
  };
  const Case cases[] = {
      {"", "no duration"},
      {"5", "no duration"},
      {"s", "no duration"},
      {"-5s", "no duration"},
      {"+5s", "no duration"},
      {"5 s", "no duration"},
      {"5s ", "no duration"},
      {" 5s", "no duration"},
      {"5S", "no duration"},
      {"5sec", "no duration"},
      {"1e3s", "no duration"},
      {"0x5s", "no duration"},
      {"infs", "no duration"},
      {"nans", "no duration"},
      {"1.2.3s", "no duration"},
      {".s", "no duration"},
      {"5s5", "no duration"},
      {"1,5s", "no duration"},
      {"0s", "no time at all"},
      {"0.0001us", "no time at all"},
      {"25h", "more than a day"},
      {"86401s", "more"},
      {"99999999999999999999h", "more than a day"},
  };
  for (const Case& c : cases) {
    const auto duration = parse_duration(c.text);
    ASSERT_FALSE(duration) << c.text;
    EXPECT_EQ(duration.error().code, ErrorCode::kInvalidArgument) << c.text;
    EXPECT_THAT(duration.error().what, HasSubstr(c.told)) << c.text;
    EXPECT_FALSE(duration.error().fix.empty()) << c.text;
  }
}

}  // namespace
}  // namespace vyre::cli
