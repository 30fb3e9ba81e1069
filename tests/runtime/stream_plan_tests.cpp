#include <gtest/gtest.h>

#include "ingest/chunk_plan.hpp"
#include "runtime/stream_plan.hpp"
#include "tests/runtime/program_harness.hpp"

namespace vyre::runtime {
namespace {

constexpr Sizing kSizing{.rings = 4,
                         .workers = 1,
                         .slots_per_ring = 6,
                         .slot_bytes = 256u << 10,
                         .records_per_slot = 1000,
                         .window_words = 64};
constexpr u64 kOwn = 3 * kTileBytes;

u64 part_bytes(const char* text, u64 wanted, const Sizing& sizing = kSizing) {
  const auto plan =
      plan_stream(needs_of(test::program_of(text)), FilePlacement::kSeparate, wanted, sizing);
  EXPECT_TRUE(plan) << plan.error().message();
  return plan ? plan->part_bytes : ~u64{0};
}

struct Row {
  const char* name;
  const char* text;
  bool parts;
};

class StreamPlanParts : public testing::TestWithParam<Row> {};

TEST_P(StreamPlanParts, AreForProgramsWhoseChunksAddUp) {
  EXPECT_EQ(part_bytes(GetParam().text, kOwn), GetParam().parts ? kOwn : 0);
}

INSTANTIATE_TEST_SUITE_P(
    StreamPlan, StreamPlanParts,
    testing::Values(
        Row{"results", ".result lines sum\n count.byte s0, 10\n result s0, lines\n halt\n", true},
        Row{"checksum", ".result crc crc32c\n crc32c s0\n result s0, crc\n halt\n", true},
        Row{"window_that_adds",
            ".window sums add 1\n s.const s0, 0\n v.splat v0, s0\n m.const m0, 1\n"
            " w.add v0, v0, m0, sums\n halt\n",
            true},
        Row{"window_with_state",
            ".window last state 1\n s.const s0, 0\n v.splat v0, s0\n m.const m0, 1\n"
            " w.store v0, v0, m0, last\n halt\n",
            false},
        Row{"carry", ".carry 1\n c.load s0, 0\n c.store s0, 0\n halt\n", false},
        Row{"records", ".table mark\n .text \"#!\"\n s.const s0, 77\n find.emit s0, mark\n halt\n",
            false}),
    [](const auto& row) { return std::string(row.param.name); });

TEST(StreamPlan, PartsAreWholeChunksAndBounded) {
  const char* const text = ".result lines sum\n count.byte s0, 10\n result s0, lines\n halt\n";
  EXPECT_EQ(ingest::own_bytes(kSizing.slot_bytes), kOwn);
  EXPECT_EQ(part_bytes(text, 0), 0u);
  EXPECT_EQ(part_bytes(text, 1), kOwn);
  EXPECT_EQ(part_bytes(text, kOwn + 1), 2 * kOwn);
  const u64 most = part_bytes(text, ~u64{0});
  EXPECT_EQ(most % kOwn, 0u);
  EXPECT_GT(most, u64{1} << 39);
  EXPECT_LT(most, u64{1} << 41);
  Sizing one_ring = kSizing;
  one_ring.rings = 1;
  EXPECT_EQ(part_bytes(text, kOwn, one_ring), 0u);
}

}  // namespace
}  // namespace vyre::runtime
