#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <random>
#include <string>

#include "backend/cpu/cpu_macros.hpp"

namespace vyre::backend {
namespace {

using kernel::HostGroup;
using kernel::PortablePlatform;
using kernel::TileView;

/// Every level that this processor runs beside the portable one.
class CpuMacrosTest : public ::testing::TestWithParam<CpuLevel> {
 protected:
  CpuMacros fast_{GetParam()};
  PortablePlatform plain_;
  std::mt19937 random_{19};
  u32 scratch_[kernel::kScratchWords] = {};
};

/// A tile, at the very end of memory of its own, so that a sanitizer sees a read past its halo.
struct Tile {
  std::unique_ptr<u8[]> bytes;
  TileView view;
};

Tile make_tile(std::mt19937& random, u32 length, u32 before, u32 after, u32 alphabet) {
  const u32 size = before + length + after;
  Tile tile{std::make_unique<u8[]>(size), {}};
  for (u32 i = 0; i < size; ++i) tile.bytes[i] = static_cast<u8>(random() % alphabet);
  tile.view =
      kernel::make_tile(tile.bytes.get(), size, u64{random()} << 20, before, before + length);
  return tile;
}

u32 below(std::mt19937& random, u32 limit) { return static_cast<u32>(random() % limit); }

/// Lengths 0..70, then some up to a whole tile, of odd beginnings.
template <class Check>
void for_tiles(std::mt19937& random, u32 alphabet, Check check) {
  for (u32 round = 0; round < 110; ++round) {
    const u32 length = round <= 70      ? round
                       : round % 4 == 0 ? kTileBytes - round
                                        : below(random, 65537);
    const u32 before = below(random, 40);
    const u32 after = round % 3 == 0 ? 0 : below(random, 300);
    SCOPED_TRACE(::testing::Message() << "seed 19 round " << round << " length " << length);
    check(make_tile(random, length, before, after, alphabet).view);
    if (::testing::Test::HasFailure()) return;
  }
}

TEST_P(CpuMacrosTest, CountByte) {
  for (const u32 alphabet : {1u, 3u, 256u}) {
    for_tiles(random_, alphabet, [&](const TileView& tile) {
      for (const u8 wanted : {u8{0}, u8{2}, u8{255}}) {
        EXPECT_EQ(fast_.count_byte(HostGroup{}, tile, wanted, scratch_),
                  plain_.count_byte(HostGroup{}, tile, wanted, scratch_));
      }
    });
  }
}

TEST_P(CpuMacrosTest, ClassBitmap) {
  for_tiles(random_, 256, [&](const TileView& tile) {
    std::array<u8, vir0::kSetBytes> set;
    for (u8& byte : set) byte = static_cast<u8>(random_());
    const u64 starts[] = {0,
                          random_() % (tile.length + 1),
                          tile.length,
                          ~u64{0},
                          u64{1} << 63,
                          tile.length - std::min(tile.length, 4096u)};
    for (const u64 start : starts) {
      std::array<u32, kLanes> got;
      std::array<u32, kLanes> expected;
      got.fill(0xAAAAAAAA);
      fast_.class_bitmap(HostGroup{}, tile, set.data(), start, got.data());
      plain_.class_bitmap(HostGroup{}, tile, set.data(), start, expected.data());
      EXPECT_EQ(got, expected) << "start " << start;
    }
  });
}

TEST_P(CpuMacrosTest, Histogram) {
  for (const u32 alphabet : {1u, 256u}) {
    for_tiles(random_, alphabet, [&](const TileView& tile) {
      std::array<u64, 256> got;
      got.fill(5);
      std::array<u64, 256> expected = got;
      fast_.histogram(HostGroup{}, tile, got.data(), scratch_);
      plain_.histogram(HostGroup{}, tile, expected.data(), scratch_);
      EXPECT_EQ(got, expected);
    });
  }
}

TEST_P(CpuMacrosTest, Find) {
  for (const u32 length : {1u, 2u, 7u, 256u}) {
    std::string literal(length, '\1');
    literal[length / 2] = '\0';
    const kernel::Literal wanted{reinterpret_cast<const u8*>(literal.data()), length};
    // Mostly ones, so that long literals occur too.
    for_tiles(random_, 2, [&](const TileView& random_tile) {
      const u32 size = random_tile.chunk_length;
      auto bytes = std::make_unique<u8[]>(size);
      for (u32 i = 0; i < size; ++i) bytes[i] = random_() % (length + 4) == 0 ? 0 : 1;
      TileView tile = random_tile;
      tile.chunk = bytes.get();
      const u64 count = plain_.find_count(HostGroup{}, tile, wanted, scratch_);
      EXPECT_EQ(fast_.find_count(HostGroup{}, tile, wanted, scratch_), count);
      std::vector<wire::Record> got(count + 1);
      std::vector<wire::Record> expected(count + 1);
      const u32 capacity = static_cast<u32>(count) / 2 + 1;
      kernel::RecordSink got_sink{got.data(), capacity, 0};
      kernel::RecordSink expected_sink{expected.data(), capacity, 0};
      fast_.find_emit(HostGroup{}, tile, wanted, 9, got_sink, scratch_);
      plain_.find_emit(HostGroup{}, tile, wanted, 9, expected_sink, scratch_);
      EXPECT_EQ(got_sink.count, expected_sink.count);
      EXPECT_EQ(got, expected);
    });
  }
}

TEST_P(CpuMacrosTest, Crc32c) {
  for_tiles(random_, 256, [&](const TileView& tile) {
    EXPECT_EQ(fast_.crc32c_part(HostGroup{}, tile, scratch_),
              plain_.crc32c_part(HostGroup{}, tile, scratch_));
  });
}

INSTANTIATE_TEST_SUITE_P(Levels, CpuMacrosTest, ::testing::ValuesIn(cpu_levels()),
                         [](const auto& level) {
                           std::string name(name_of(level.param));
                           std::erase(name, '-');
                           return name;
                         });

TEST(ByteRoutines, MultiplyLikeTheField) {
  std::mt19937 random(3);
  for (const CpuLevel level : cpu_levels()) {
    const ByteRoutines* routines = byte_routines(level);
    if (routines == nullptr) continue;
    for (u32 round = 0; round < 1000; ++round) {
      const u32 a = static_cast<u32>(random());
      const u32 b = static_cast<u32>(random());
      ASSERT_EQ(routines->crc32c_multiply(a, b), wire::crc32c_multiply(a, b)) << name_of(level);
    }
  }
}

}  // namespace
}  // namespace vyre::backend
