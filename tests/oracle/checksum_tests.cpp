#include <gtest/gtest.h>

#include <string>

#include "tests/oracle/crc32c_arithmetic.hpp"
#include "tests/oracle/xxhash64.hpp"

namespace vyre::oracle {
namespace {

/// 65536 + 31 bytes, all values in it.
std::string long_text() {
  std::string text;
  for (u32 i = 0; i < 65536 + 31; ++i) text.push_back(static_cast<char>((i * 7 + i / 256) % 256));
  return text;
}

// Published check values, and for the long text what the usual tools print.
TEST(Crc32cArithmetic, AgreesWithPublishedValues) {
  EXPECT_EQ(crc32c_of(""), 0u);
  EXPECT_EQ(crc32c_of("123456789"), 0xE3069283);
  EXPECT_EQ(crc32c_of(std::string(32, '\0')), 0x8A9136AA);
  EXPECT_EQ(crc32c_of(std::string(32, '\xFF')), 0x62A8AB43);
  EXPECT_EQ(crc32c_of(long_text()), 0x38D567C4);
}

TEST(Crc32cArithmetic, DivisionUndoesMultiplication) {
  u32 value = 0xDEADBEEF;
  for (u64 times = 0; times < 100; ++times) {
    EXPECT_EQ(divided_by_x(times_x(value, times), times), value);
    EXPECT_EQ(times_x(divided_by_x(value, times), times), value);
    value = value * 69069 + 1;
  }
  // x^31 is bit 0; times x is the polynomial's lower part.
  EXPECT_EQ(times_x(0x80000000, 31), 1u);
  EXPECT_EQ(times_x(1, 1), 0x82F63B78);
}

TEST(Xxhash64, AgreesWithPublishedValues) {
  EXPECT_EQ(xxh64_of(""), 0xEF46DB3751D8E999);
  EXPECT_EQ(xxh64_of("a"), 0xD24EC4F1A98C6E5B);
  EXPECT_EQ(xxh64_of("123456789"), 0x8CB841DB40E6AE83);
  EXPECT_EQ(xxh64_of("The quick brown fox jumps over the lazy dog"), 0x0B242D361FDA71BC);
  EXPECT_EQ(xxh64_of(long_text()), 0x3CB3B8A8633EE1DB);
}

}  // namespace
}  // namespace vyre::oracle
