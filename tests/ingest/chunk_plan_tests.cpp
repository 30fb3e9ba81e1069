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

}  // namespace
}  // namespace vyre::ingest
