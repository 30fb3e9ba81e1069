#include "memory/mapped_buffer.hpp"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <type_traits>

namespace vyre::memory {
namespace {

constexpr std::size_t kHuge = std::size_t{2} << 20;

static_assert(!std::is_copy_constructible_v<MappedBuffer>);
static_assert(!std::is_copy_constructible_v<Region>);
static_assert(std::is_nothrow_move_constructible_v<MappedBuffer>);

TEST(MappedBuffer, IsZeroedWritableAndRoundedUpToPages) {
  for (const std::size_t bytes :
       {std::size_t{1}, std::size_t{4096}, std::size_t{5000}, kHuge - 1, kHuge, 3 * kHuge + 1}) {
    auto buffer = MappedBuffer::anonymous(bytes);
    ASSERT_TRUE(buffer) << buffer.error().message();
    ASSERT_GE(buffer->size(), bytes);
    EXPECT_EQ(buffer->size() % 4096, 0u);
    EXPECT_EQ(buffer->data()[0], std::byte{0});
    EXPECT_EQ(buffer->data()[buffer->size() - 1], std::byte{0});
    std::memset(buffer->data(), 0x5A, buffer->size());
    if (bytes >= kHuge) {
      EXPECT_EQ(reinterpret_cast<std::uintptr_t>(buffer->data()) % kHuge, 0u);
    }
  }
}

TEST(MappedBuffer, RefusesSizesThatCannotBe) {
  for (const std::size_t bytes : {std::size_t{0}, std::numeric_limits<std::size_t>::max(),
                                  std::numeric_limits<std::size_t>::max() - kHuge}) {
    auto buffer = MappedBuffer::anonymous(bytes);
    ASSERT_FALSE(buffer);
    EXPECT_EQ(buffer.error().code, ErrorCode::kInvalidArgument);
  }
  auto too_big = MappedBuffer::anonymous(std::size_t{1} << 62);
  ASSERT_FALSE(too_big);
  EXPECT_EQ(too_big.error().code, ErrorCode::kSyscall);
  EXPECT_EQ(too_big.error().detail, ENOMEM);
}

TEST(MappedBuffer, ReportsNoMoreHugePagesThanItsSize) {
  auto buffer = MappedBuffer::anonymous(2 * kHuge);
  ASSERT_TRUE(buffer);
  EXPECT_EQ(buffer->huge_page_bytes(), 0u) << "nothing is resident before it is touched";
  std::memset(buffer->data(), 1, buffer->size());
  EXPECT_LE(buffer->huge_page_bytes(), buffer->size());
  EXPECT_EQ(buffer->huge_page_bytes() % kHuge, 0u);
}

TEST(MappedBuffer, RegionsAreCheckedAgainstBoundsAndOverflow) {
  auto buffer = MappedBuffer::anonymous(8192);
  ASSERT_TRUE(buffer);
  struct Case {
    std::size_t offset;
    std::size_t length;
    bool fits;
  };
  constexpr std::size_t kMax = std::numeric_limits<std::size_t>::max();
  for (const auto& [offset, length, fits] :
       {Case{0, 8192, true}, Case{8191, 1, true}, Case{4096, 4096, true}, Case{0, 0, false},
        Case{8192, 0, false}, Case{8192, 1, false}, Case{1, 8192, false}, Case{kMax, 2, false},
        Case{2, kMax, false}, Case{kMax, kMax, false}}) {
    auto region = buffer->region(offset, length);
    ASSERT_EQ(region.has_value(), fits) << offset << "+" << length;
    if (fits) {
      EXPECT_EQ(region->data(), buffer->data() + offset);
      EXPECT_EQ(region->size(), length);
    } else {
      EXPECT_EQ(region.error().code, ErrorCode::kInvalidArgument);
    }
  }
}

TEST(MappedBuffer, MovesWithItsRegionsAndKeepsItsAddress) {
  auto made = MappedBuffer::anonymous(4096);
  ASSERT_TRUE(made);
  std::byte* const data = made->data();
  std::optional<MappedBuffer> owner;
  {
    Region region = *made->region(0, 16);
    owner.emplace(std::move(*made));
    EXPECT_EQ(owner->data(), data);
    Region moved = std::move(region);
    EXPECT_FALSE(region);
    EXPECT_EQ(moved.data(), data);
    std::thread([held = std::move(moved)] { EXPECT_EQ(held.size(), 16u); }).join();
  }
  owner.reset();
}

TEST(MappedBufferDeathTest, IsNotDestroyedUnderARegion) {
  EXPECT_DEATH(
      {
        auto buffer = MappedBuffer::anonymous(4096);
        Region region = *buffer->region(0, 1);
        { MappedBuffer dying = std::move(*buffer); }
      },
      "check|uses");
}

}  // namespace
}  // namespace vyre::memory
