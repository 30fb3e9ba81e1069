#include <gtest/gtest.h>

#include <cstdint>
#include <limits>

#include "base/check.hpp"
#include "base/checked.hpp"

namespace vyre::base {
namespace {

constexpr std::uint64_t kMax64 = std::numeric_limits<std::uint64_t>::max();

TEST(Checked, AddTellsOverflowApart) {
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64 - 1, 1), kMax64);
  EXPECT_EQ(checked_add<std::uint64_t>(kMax64, 1), std::nullopt);
  EXPECT_EQ(checked_add<std::uint8_t>(255, 1), std::nullopt);
}

TEST(Checked, MultiplyTellsOverflowApart) {
  EXPECT_EQ(checked_multiply<std::uint32_t>(65535, 65537), 0xFFFFFFFFu);
  EXPECT_EQ(checked_multiply<std::uint32_t>(65536, 65536), std::nullopt);
  EXPECT_EQ(checked_multiply<std::uint64_t>(kMax64, 0), 0u);
}

TEST(Checked, RangeFitsOnlyInside) {
  struct Case {
    std::uint64_t offset, length, size;
    bool fits;
  };
  for (const Case& c :
       {Case{0, 0, 0, true}, Case{0, 10, 10, true}, Case{10, 0, 10, true}, Case{11, 0, 10, false},
        Case{5, 6, 10, false}, Case{1, kMax64, 10, false}, Case{kMax64, 1, kMax64, false}}) {
    EXPECT_EQ(range_fits(c.offset, c.length, c.size), c.fits)
        << c.offset << "+" << c.length << " in " << c.size;
  }
}

TEST(Checked, AlignsBothWays) {
  for (std::uint32_t value : {0u, 1u, 4095u, 4096u, 4097u, 1u << 30}) {
    const std::uint32_t up = align_up(value, 4096u);
    const std::uint32_t down = align_down(value, 4096u);
    EXPECT_EQ(up % 4096, 0u);
    EXPECT_EQ(down % 4096, 0u);
    EXPECT_LE(down, value);
    EXPECT_GE(up, value);
    EXPECT_EQ(up - down, value % 4096 == 0 ? 0u : 4096u);
  }
}

TEST(CheckDeathTest, AFailedCheckEndsTheProcess) {
  EXPECT_DEATH(VYRE_CHECK(1 + 1 == 3), "1 \\+ 1 == 3");
}

}  // namespace
}  // namespace vyre::base
