#include <gtest/gtest.h>
#include <sys/mman.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <limits>
#include <optional>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

#include "memory/mapped_buffer.hpp"

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

TEST(MappedBuffer, IsAnonymousUnlessAdoptedAsAnotherKind) {
  EXPECT_EQ(MappedBuffer::anonymous(1)->kind(), MemoryKind::kAnonymous);
  std::array<std::byte, 64> pages{};
  for (const auto& [kind, name] : {std::pair{MemoryKind::kAnonymous, "anonymous"},
                                   std::pair{MemoryKind::kCudaRegistered, "cuda-registered"},
                                   std::pair{MemoryKind::kPeerMapped, "peer-mapped"}}) {
    MappedBuffer adopted = MappedBuffer::adopt(pages, kind, [](std::span<std::byte>) {});
    EXPECT_EQ(adopted.kind(), kind);
    EXPECT_EQ(to_string(kind), name);
    const MappedBuffer moved = std::move(adopted);
    EXPECT_EQ(moved.kind(), kind);
    EXPECT_EQ(moved.data(), pages.data());
    EXPECT_EQ(moved.size(), pages.size());
  }
}

/// Buffers over three ranges of one array, whose releases are noted in the order of their calls.
class Releases {
 public:
  MappedBuffer buffer(std::size_t index) {
    return MappedBuffer::adopt(std::span(pages_).subspan(index * kBytes, kBytes),
                               MemoryKind::kCudaRegistered, [this](std::span<std::byte> pages) {
                                 EXPECT_EQ(pages.size(), kBytes);
                                 const auto offset = pages.data() - pages_.data();
                                 order_.push_back(static_cast<std::size_t>(offset) / kBytes);
                               });
  }
  [[nodiscard]] const std::vector<std::size_t>& order() const { return order_; }

 private:
  static constexpr std::size_t kBytes = 16;
  std::array<std::byte, 3 * kBytes> pages_{};
  std::vector<std::size_t> order_;
};

using Order = std::vector<std::size_t>;

TEST(MappedBuffer, ReleasesItsPagesOnceAndWhole) {
  Releases releases;
  {
    MappedBuffer made = releases.buffer(1);
    const MappedBuffer owner = std::move(made);
    { const MappedBuffer inner = releases.buffer(0); }
    EXPECT_EQ(releases.order(), Order{0});
  }
  EXPECT_EQ(releases.order(), (Order{0, 1}));
}

TEST(MappedBuffer, ReleasesWhatAnAssignmentReplaces) {
  Releases releases;
  {
    MappedBuffer owner = releases.buffer(2);
    owner = releases.buffer(0);
    EXPECT_EQ(releases.order(), Order{2});
    MappedBuffer& same = owner;
    owner = std::move(same);
    EXPECT_EQ(releases.order(), Order{2});
    owner = *MappedBuffer::anonymous(1);
    EXPECT_EQ(owner.kind(), MemoryKind::kAnonymous);
    EXPECT_EQ(releases.order(), (Order{2, 0}));
  }
  EXPECT_EQ(releases.order(), (Order{2, 0}));
}

TEST(MappedBuffer, ReleasesOnlyAfterTheLastRegion) {
  Releases releases;
  std::optional<MappedBuffer> owner(releases.buffer(0));
  Region outer = *owner->region(0, 8);
  {
    const Region inner = *owner->region(8, 8);
    std::thread([held = std::move(outer)] {}).join();
  }
  EXPECT_TRUE(releases.order().empty());
  owner.reset();
  EXPECT_EQ(releases.order(), Order{0});
}

TEST(MappedBuffer, LetsItsPagesGoToAnotherKind) {
  auto anonymous = MappedBuffer::anonymous(kHuge);
  ASSERT_TRUE(anonymous);
  std::byte* const data = anonymous->data();
  data[kHuge - 1] = std::byte{7};
  const std::span<std::byte> pages = anonymous->detach();
  EXPECT_EQ(pages.data(), data);
  EXPECT_EQ(pages.size(), kHuge);
  EXPECT_EQ(anonymous->data(), nullptr);
  EXPECT_EQ(anonymous->size(), 0u);
  EXPECT_FALSE(anonymous->region(0, 1));
  EXPECT_TRUE(anonymous->detach().empty());

  int unmapped = 0;
  {
    const MappedBuffer registered =
        MappedBuffer::adopt(pages, MemoryKind::kCudaRegistered, [&](std::span<std::byte> released) {
          EXPECT_EQ(released.data()[kHuge - 1], std::byte{7}) << "the pages were unmapped before";
          unmapped += ::munmap(released.data(), released.size()) == 0 ? 1 : 0;
        });
  }
  EXPECT_EQ(unmapped, 1);
}

TEST(MappedBuffer, DoesNotReleaseWhatWasDetached) {
  Releases releases;
  {
    MappedBuffer owner = releases.buffer(0);
    EXPECT_EQ(owner.detach().size(), 16u);
    owner = releases.buffer(1);
  }
  EXPECT_EQ(releases.order(), Order{1});
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

TEST(MappedBufferDeathTest, IsNeitherReplacedNorDetachedUnderARegion) {
  Releases releases;
  MappedBuffer owner = releases.buffer(0);
  {
    const Region region = *owner.region(0, 1);
    EXPECT_DEATH(owner = releases.buffer(1), "uses");
    EXPECT_DEATH(static_cast<void>(owner.detach()), "uses");
  }
  EXPECT_TRUE(releases.order().empty());
}

TEST(MappedBufferDeathTest, IsNotAdoptedWithoutPagesOrRelease) {
  std::array<std::byte, 1> page{};
  EXPECT_DEATH(MappedBuffer::adopt({}, MemoryKind::kPeerMapped, [](std::span<std::byte>) {}),
               "empty");
  EXPECT_DEATH(MappedBuffer::adopt(page, MemoryKind::kPeerMapped, nullptr), "release");
}

}  // namespace
}  // namespace vyre::memory
