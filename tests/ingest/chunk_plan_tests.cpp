#include <gtest/gtest.h>

#include "ingest/chunk_plan.hpp"

namespace vyre::ingest {
namespace {

TEST(ChunkPlan, OwnPartsTileAndHalosOverlap) {
  for (const u32 slot_bytes : {4 * kHaloBytes, 128u << 10, 512u << 10, 1u << 30}) {
    u64 owned = 0;
    for (u64 number = 0; number < 5; ++number) {
      const ChunkRange range = chunk_range(slot_bytes, number);
      EXPECT_EQ(range.file_offset + range.front_halo, owned);
      EXPECT_EQ(range.file_offset % kHaloBytes, 0u);
      EXPECT_EQ(range.length % kHaloBytes, 0u);
      EXPECT_LE(range.length, slot_bytes);
      EXPECT_EQ(range.front_halo, number == 0 ? 0 : kHaloBytes);
      owned += own_bytes(slot_bytes);
      EXPECT_EQ(range.file_offset + range.length, owned + kHaloBytes);
    }
  }
}

TEST(ChunkPlan, TheLastPlannedChunkIsTheFirstToReachBeyondTheEnd) {
  constexpr u32 kSlot = 4 * kHaloBytes;
  for (u64 size = 0; size < 10 * u64{kSlot}; size += 511) {
    for (const u64 exact : {size, size / kHaloBytes * kHaloBytes}) {
      const u64 count = planned_chunks(kSlot, exact);
      ASSERT_GE(count, 1u);
      const ChunkRange last = chunk_range(kSlot, count - 1);
      EXPECT_GT(last.file_offset + last.length, exact);
      if (count > 1) {
        const ChunkRange before = chunk_range(kSlot, count - 2);
        EXPECT_LE(before.file_offset + before.length, exact);
      }
    }
  }
}

TEST(ChunkPlan, HoldsForTheLargestFile) {
  const u64 size = static_cast<u64>(INT64_MAX);
  const u64 count = planned_chunks(4 * kHaloBytes, size);
  const ChunkRange last = chunk_range(4 * kHaloBytes, count - 1);
  EXPECT_GT(last.file_offset + last.length, size);
}

TEST(ChunkPlan, PartsHaveTheChunksOfTheWholeFile) {
  constexpr u32 kSlot = 2 * kTileSlotBytes;
  const u64 own = own_bytes(kSlot);
  for (u64 first = 0; first < 4; ++first) {
    for (u64 count = 1; count < 4; ++count) {
      const PartRange part{.begin = first * own, .end = (first + count) * own};
      EXPECT_EQ(planned_chunks(kSlot, 0, part), count) << "whatever the file has";
      for (u64 number = 0; number < count; ++number) {
        const ChunkRange range = chunk_range(kSlot, number, part);
        const ChunkRange whole = chunk_range(kSlot, first + number);
        EXPECT_EQ(range.file_offset, whole.file_offset);
        EXPECT_EQ(range.length, whole.length);
        EXPECT_EQ(range.front_halo, whole.front_halo);
        EXPECT_EQ(range.own, own);
      }
    }
    const PartRange last{.begin = first * own};
    for (const u64 bytes : {u64{0}, u64{1}, u64{kHaloBytes}, own, own + kHaloBytes - 1, 3 * own}) {
      EXPECT_EQ(planned_chunks(kSlot, last.begin + bytes, last), planned_chunks(kSlot, bytes));
    }
    EXPECT_EQ(planned_chunks(kSlot, 0, last), 1u) << "a file that became shorter";
  }
}

TEST(ChunkPlan, OwnPartsAreWholeTilesWhereSlotsHoldOne) {
  EXPECT_EQ(own_bytes(kTileSlotBytes), kTileBytes);
  EXPECT_EQ(own_bytes(kTileSlotBytes - kHaloBytes), kTileBytes - kHaloBytes);
  EXPECT_EQ(own_bytes(4 * kHaloBytes), 2 * kHaloBytes);
  for (u32 slot_bytes = kTileSlotBytes; slot_bytes < (4u << 20); slot_bytes += kHaloBytes) {
    const u32 own = own_bytes(slot_bytes);
    ASSERT_EQ(own % kTileBytes, 0u) << slot_bytes;
    ASSERT_GE(own, kTileBytes) << slot_bytes;
    ASSERT_LE(own + 2 * kHaloBytes, slot_bytes);
    ASSERT_GT(own + kTileBytes + 2 * kHaloBytes, slot_bytes) << "a tile more would fit";
    ASSERT_LE((own + kHaloBytes + kTileBytes - 1) / kTileBytes, most_tiles(slot_bytes));
    ASSERT_LE((slot_bytes + kTileBytes - 1) / kTileBytes, most_tiles(slot_bytes));
  }
}

struct Size {
  const char* shows;
  /// size = chunks * own + rest
  u64 chunks;
  std::int64_t rest;
  u64 planned;
};

TEST(ChunkPlan, EndsAFileWithoutAnEmptyChunk) {
  constexpr std::int64_t kHalo = kHaloBytes;
  const Size sizes[] = {
      {"an empty file is one chunk", 0, 0, 1},
      {"so is one of a byte", 0, 1, 1},
      {"one chunk, exactly its own", 1, 0, 1},
      {"a byte more stays in it", 1, 1, 1},
      {"a halo less a byte stays in it", 1, kHalo - 1, 1},
      {"a whole halo is a chunk of its own", 1, kHalo, 2},
      {"and so is more", 1, kHalo + 1, 2},
      {"two chunks, less a byte", 2, -1, 2},
      {"two chunks, exactly", 2, 0, 2},
      {"two chunks and a halo", 2, kHalo, 3},
      {"many, exactly", 1000, 0, 1000},
      {"many, and a byte", 1000, 1, 1000},
      {"many, and a halo", 1000, kHalo, 1001},
  };
  for (const u32 slot_bytes : {4 * kHaloBytes, kTileSlotBytes, 128u << 10, 270336u, 512u << 10}) {
    for (const Size& size : sizes) {
      SCOPED_TRACE(size.shows);
      const u64 own = own_bytes(slot_bytes);
      const u64 bytes = size.chunks * own + static_cast<u64>(size.rest);
      EXPECT_EQ(planned_chunks(slot_bytes, bytes), size.planned);
      const u64 begin = (size.planned - 1) * own;
      EXPECT_TRUE(bytes > begin || bytes == 0) << "the last chunk owns something";
      if (size.planned > 1) {
        EXPECT_GE(bytes - begin, kHaloBytes);
      }
    }
  }
}

}  // namespace
}  // namespace vyre::ingest
