#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::filled;
using testing::HandProgram;
using testing::lane_bytes;
using testing::lanes_of;
using testing::LaneValues;
using vir0::Op;

LaneValues random_lanes(std::mt19937& random) {
  LaneValues values;
  for (u32& value : values) value = static_cast<u32>(random());
  return values;
}

TEST(Lanes, ShuffleTakesFromTheNamedLaneInPlace) {
  const unsigned seed = 7;
  std::mt19937 random(seed);
  for (const u8 target : {u8{3}, u8{1}, u8{2}}) {
    const LaneValues a = random_lanes(random);
    const LaneValues b = random_lanes(random);
    HandProgram hand;
    hand.vector(1, a);
    hand.vector(2, b);
    hand.add(Op::kVectorShuffle, target, 1, 2);
    hand.emit_vector(target);
    const LaneValues got = lanes_of(hand.run(lane_bytes()));
    for (u32 lane = 0; lane < kLanes; ++lane) {
      EXPECT_EQ(got[lane], a[b[lane] % 128]) << "seed " << seed << " lane " << lane;
    }
  }
  HandProgram itself;
  LaneValues reversed;
  for (u32 lane = 0; lane < kLanes; ++lane) reversed[lane] = 127 - lane;
  itself.vector(1, reversed);
  itself.add(Op::kVectorShuffle, 1, 1, 1);
  itself.emit_vector(1);
  const LaneValues got = lanes_of(itself.run(lane_bytes()));
  for (u32 lane = 0; lane < kLanes; ++lane) EXPECT_EQ(got[lane], lane);
}

TEST(Lanes, ScansInPlaceAndWrapping) {
  const unsigned seed = 8;
  std::mt19937 random(seed);
  for (const u8 target : {u8{3}, u8{1}}) {
    const LaneValues a = random_lanes(random);
    LaneValues inclusive;
    LaneValues greatest;
    std::partial_sum(a.begin(), a.end(), inclusive.begin());
    std::partial_sum(a.begin(), a.end(), greatest.begin(),
                     [](u32 x, u32 y) { return std::max(x, y); });
    for (const Op op : {Op::kVectorScanAdd, Op::kVectorScanAddExclusive, Op::kVectorScanMax}) {
      HandProgram hand;
      hand.vector(1, a);
      hand.add(op, target, 1);
      hand.emit_vector(target);
      const LaneValues got = lanes_of(hand.run(lane_bytes()));
      for (u32 lane = 0; lane < kLanes; ++lane) {
        const u32 sum =
            op == Op::kVectorScanAdd ? inclusive[lane] : (lane == 0 ? 0 : inclusive[lane - 1]);
        EXPECT_EQ(got[lane], op == Op::kVectorScanMax ? greatest[lane] : sum)
            << "seed " << seed << " opcode " << static_cast<int>(op) << " lane " << lane;
      }
    }
  }
}

u64 reduced(Op op, const LaneValues& a) {
  HandProgram hand;
  hand.vector(1, a);
  hand.add(op, 3, 1);
  hand.results(1);
  hand.result(0, 3);
  return hand.run("x").outcome.results[0];
}

TEST(Lanes, Reductions) {
  EXPECT_EQ(reduced(Op::kVectorReduceAdd, filled(0xFFFFFFFF)), u64{0xFFFFFFFF} * 128);
  for (const u32 lane : {0u, 1u, 31u, 32u, 64u, 127u}) {
    LaneValues values = filled(100);
    values[lane] = 7;
    EXPECT_EQ(reduced(Op::kVectorReduceMin, values), 7u);
    EXPECT_EQ(reduced(Op::kVectorReduceAdd, values), 127u * 100 + 7);
    values[lane] = 0xFFFFFFFF;
    EXPECT_EQ(reduced(Op::kVectorReduceMax, values), 0xFFFFFFFFu);
    EXPECT_EQ(reduced(Op::kVectorReduceMin, values), 100u);
    LaneValues bits{};
    bits[lane] = 1u << 31;
    bits[127 - lane] |= 1;
    EXPECT_EQ(reduced(Op::kVectorReduceOr, bits), 0x80000001u);
  }
}

TEST(Lanes, ExtractTakesTheLaneModulo128) {
  LaneValues values;
  for (u32 lane = 0; lane < kLanes; ++lane) values[lane] = lane + 1000;
  const std::pair<u64, u64> rows[] = {{0, 0}, {127, 127}, {128, 0}, {~u64{0}, 127}, {261, 5}};
  for (const auto& [index, lane] : rows) {
    HandProgram hand;
    hand.vector(1, values);
    hand.scalar(3, index);
    hand.add(Op::kVectorExtract, 3, 1, 3);
    hand.results(1);
    hand.result(0, 3);
    EXPECT_EQ(hand.run("x").outcome.results[0], lane + 1000);
  }
}

}  // namespace
}  // namespace vyre
