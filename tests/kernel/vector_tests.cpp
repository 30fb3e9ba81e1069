#include <gtest/gtest.h>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::filled;
using testing::HandProgram;
using testing::lane_bytes;
using testing::lanes_of;
using testing::LaneValues;
using vir0::Op;

constexpr u32 kMax = 0xFFFFFFFF;
constexpr u32 kTop = 0x80000000;

struct Row {
  Op op;
  u32 a;
  u32 b;
  u32 expected;
};

const Row kTwoOperandRows[] = {
    {Op::kVectorMove, 7, 9, 7},
    {Op::kVectorAdd, kMax, 2, 1},
    {Op::kVectorSub, 2, 3, kMax},
    {Op::kVectorMul, kMax, kMax, 1},
    {Op::kVectorMul, 1u << 17, 1u << 15, 0},
    {Op::kVectorAnd, 0xF0, 0x3C, 0x30},
    {Op::kVectorOr, 0xF0, 0x0C, 0xFC},
    {Op::kVectorXor, 0xFF, 0x0F, 0xF0},
    {Op::kVectorShl, 3, 31, kTop},
    {Op::kVectorShl, 3, 32, 0},
    {Op::kVectorShl, 3, kMax, 0},
    {Op::kVectorShr, kTop, 31, 1},
    {Op::kVectorShr, kTop, 32, 0},
    {Op::kVectorShr, 5, kTop, 0},
    {Op::kVectorRotl, 5, 0, 5},
    {Op::kVectorRotl, kTop | 2, 1, 5},
    {Op::kVectorRotl, 3, 31, kTop | 1},
    {Op::kVectorRotl, 3, 32, 3},
    {Op::kVectorRotl, 3, kMax, kTop | 1},
    {Op::kVectorMin, kTop, 1, 1},
    {Op::kVectorMax, kTop, 1, kTop},
    {Op::kVectorPopcount, 0, 0, 0},
    {Op::kVectorPopcount, kMax, 0, 32},
    {Op::kVectorPopcount, kTop | 1, 0, 2},
    {Op::kVectorClz, 0, 0, 32},
    {Op::kVectorClz, 1, 0, 31},
    {Op::kVectorClz, kTop, 0, 0},
    {Op::kVectorClz, 0x00FFFFFF, 0, 8},
    {Op::kVectorCtz, 0, 0, 32},
    {Op::kVectorCtz, kTop, 0, 31},
    {Op::kVectorCtz, 0xFFFFFF00, 0, 8},
};

// Each row in every lane but one, which has the row's operands of another instruction's edge: so
// that lanes are seen to be apart.
TEST(Vectors, TwoOperandsInEveryLaneAndInPlace) {
  for (const Row& row : kTwoOperandRows) {
    for (const u8 target : {u8{3}, u8{1}, u8{2}}) {
      for (const u32 lane : {0u, 64u, 127u}) {
        HandProgram hand;
        LaneValues a = filled(0);
        LaneValues b = filled(0);
        a[lane] = row.a;
        b[lane] = row.b;
        hand.vector(1, a);
        hand.vector(2, b);
        hand.add(row.op, target, 1, 2);
        hand.emit_vector(target);
        EXPECT_EQ(lanes_of(hand.run(lane_bytes()))[lane], row.expected)
            << "opcode " << static_cast<int>(row.op) << " of " << row.a << ", " << row.b
            << " into v" << int{target} << " lane " << lane;
      }
    }
  }
}

const Row kImmediateRows[] = {
    {Op::kVectorConst, 1, kMax, kMax},
    {Op::kVectorAddImmediate, 5, kMax, 4},
    {Op::kVectorMulImmediate, kTop, 3, kTop},
    {Op::kVectorAndImmediate, 0xFF, 0x3C, 0x3C},
    {Op::kVectorXorImmediate, 0xFF, kMax, ~0xFFu},
    {Op::kVectorShlImmediate, 3, 31, kTop},
    {Op::kVectorShlImmediate, 3, 32, 0},
    {Op::kVectorShrImmediate, kTop, 31, 1},
    {Op::kVectorShrImmediate, kTop, 32, 0},
    {Op::kVectorShrImmediate, kTop, kMax, 0},
};

TEST(Vectors, Immediates) {
  for (const Row& row : kImmediateRows) {
    for (const u8 target : {u8{3}, u8{1}}) {
      HandProgram hand;
      hand.vector(1, filled(row.a));
      hand.add(row.op, target, 1, 0, row.b);
      hand.emit_vector(target);
      EXPECT_EQ(lanes_of(hand.run(lane_bytes())), filled(row.expected))
          << "opcode " << static_cast<int>(row.op) << " of " << row.a << ", " << row.b;
    }
  }
}

TEST(Vectors, LaneAndSplat) {
  HandProgram hand;
  hand.add(Op::kVectorLane, 4);
  hand.emit_vector(4);
  const LaneValues lanes = lanes_of(hand.run(lane_bytes()));
  for (u32 lane = 0; lane < kLanes; ++lane) EXPECT_EQ(lanes[lane], lane);
  HandProgram splat;
  splat.scalar(5, (u64{9} << 32) | 0xFFFFFFFE);
  splat.add(Op::kVectorSplat, 4, 5);
  splat.emit_vector(4);
  EXPECT_EQ(lanes_of(splat.run(lane_bytes())), filled(0xFFFFFFFE));
}

TEST(Vectors, SelectByMaskInPlace) {
  LaneValues odd{};
  for (u32 lane = 1; lane < kLanes; lane += 2) odd[lane] = 1;
  for (const u8 target : {u8{3}, u8{1}, u8{2}}) {
    HandProgram hand;
    hand.mask(2, odd);
    hand.vector(1, filled(11));
    hand.vector(2, filled(22));
    hand.add(Op::kVectorSelect, target, 1, 2, 2);
    hand.emit_vector(target);
    const LaneValues got = lanes_of(hand.run(lane_bytes()));
    for (u32 lane = 0; lane < kLanes; ++lane) EXPECT_EQ(got[lane], lane % 2 != 0 ? 11u : 22u);
  }
}

struct MaskRow {
  Op op;
  u32 a;
  u32 b;
  bool expected;
};

/// Whether lane 0 is in mask 3; it must be 0 or all lanes, as all lanes are equal.
bool mask_of_all(HandProgram& hand) {
  hand.results(2, Combine::kOr);
  for (u32 half = 0; half < 2; ++half) {
    hand.add(Op::kMaskBallot, 0, 3, 0, half);
    hand.result(half, 0);
  }
  const auto run = hand.run("x");
  EXPECT_EQ(run.outcome.results[0], run.outcome.results[1]);
  EXPECT_TRUE(run.outcome.results[0] == 0 || run.outcome.results[0] == ~u64{0});
  return run.outcome.results[0] != 0;
}

TEST(Masks, Comparisons) {
  const MaskRow rows[] = {
      {Op::kMaskEq, 5, 5, true},    {Op::kMaskEq, 5, kMax, false}, {Op::kMaskNe, 5, 5, false},
      {Op::kMaskNe, 5, kTop, true}, {Op::kMaskLt, 1, kTop, true},  {Op::kMaskLt, kTop, 1, false},
      {Op::kMaskLt, 5, 5, false},   {Op::kMaskLe, 5, 5, true},     {Op::kMaskLe, kMax, 0, false},
      {Op::kMaskLe, 0, kMax, true},
  };
  for (const MaskRow& row : rows) {
    HandProgram hand;
    hand.vector(1, filled(row.a));
    hand.vector(2, filled(row.b));
    hand.add(row.op, 3, 1, 2);
    EXPECT_EQ(mask_of_all(hand), row.expected)
        << static_cast<int>(row.op) << " of " << row.a << ", " << row.b;
  }
  const MaskRow immediates[] = {
      {Op::kMaskEqImmediate, 5, 5, true},    {Op::kMaskEqImmediate, 5, kMax, false},
      {Op::kMaskNeImmediate, 5, 5, false},   {Op::kMaskNeImmediate, 5, kMax, true},
      {Op::kMaskLtImmediate, 1, kTop, true}, {Op::kMaskLtImmediate, 5, 5, false},
      {Op::kMaskGeImmediate, 5, 5, true},    {Op::kMaskGeImmediate, 5, kTop, false},
  };
  for (const MaskRow& row : immediates) {
    HandProgram hand;
    hand.vector(1, filled(row.a));
    hand.add(row.op, 3, 1, 0, row.b);
    EXPECT_EQ(mask_of_all(hand), row.expected)
        << static_cast<int>(row.op) << " of " << row.a << ", " << row.b;
  }
}

struct CombineRow {
  Op op;
  /// By a * 2 + b.
  u32 truth;
};

TEST(Masks, CombinationsInPlace) {
  const CombineRow rows[] = {{Op::kMaskAnd, 0b1000},
                             {Op::kMaskOr, 0b1110},
                             {Op::kMaskXor, 0b0110},
                             {Op::kMaskAndNot, 0b0100},
                             {Op::kMaskNot, 0b0011}};
  LaneValues a{};
  LaneValues b{};
  for (u32 lane = 0; lane < kLanes; ++lane) {
    a[lane] = lane / 2 % 2;
    b[lane] = lane % 2;
  }
  for (const CombineRow& row : rows) {
    for (const u8 target : {u8{3}, u8{1}, u8{2}}) {
      HandProgram hand;
      hand.mask(1, a);
      hand.mask(2, b);
      hand.add(row.op, target, 1, 2);
      hand.results(1, Combine::kOr);
      hand.add(Op::kMaskBallot, 0, target, 0, 1);
      hand.result(0, 0);
      const u64 bits = hand.run("x").outcome.results[0];
      for (u32 lane = 0; lane < 64; ++lane) {
        EXPECT_EQ(bits >> lane & 1, row.truth >> (a[lane] * 2 + b[lane]) & 1u)
            << static_cast<int>(row.op) << " lane " << lane;
      }
    }
  }
}

struct BitsRow {
  u64 low;
  u64 high;
  u64 count;
  u64 first;
  u64 last;
};

TEST(Masks, BitsAndBallots) {
  const u64 top = u64{1} << 63;
  const BitsRow rows[] = {{0, 0, 0, 128, 128},
                          {1, 0, 1, 0, 0},
                          {top, 0, 1, 63, 63},
                          {0, 1, 1, 64, 64},
                          {0, top, 1, 127, 127},
                          {~u64{0}, ~u64{0}, 128, 0, 127},
                          {0x00F0, top | 4, 6, 4, 127},
                          {0x8000000000000010, 0, 2, 4, 63},
                          {0, 0x0123456789ABCDEF, 32, 64, 120}};
  for (const BitsRow& row : rows) {
    HandProgram hand;
    hand.scalar(1, row.low);
    hand.scalar(2, row.high);
    hand.add(Op::kMaskOfBits, 4, 1, 2);
    hand.results(5);
    hand.add(Op::kMaskBallot, 0, 4, 0, 0);
    hand.result(0, 0);
    hand.add(Op::kMaskBallot, 0, 4, 0, 1);
    hand.result(1, 0);
    u32 word = 2;
    for (const Op op : {Op::kMaskCount, Op::kMaskFirst, Op::kMaskLast}) {
      hand.add(op, 0, 4);
      hand.result(word++, 0);
    }
    const auto run = hand.run("x");
    const u64 expected[] = {row.low, row.high, row.count, row.first, row.last};
    for (u32 i = 0; i < 5; ++i) EXPECT_EQ(run.outcome.results[i], expected[i]) << i;
  }
}

TEST(Masks, ConstFillsEveryLane) {
  for (const u32 flag : {0u, 1u}) {
    HandProgram hand;
    hand.add(Op::kMaskConst, 3, 0, 0, flag);
    EXPECT_EQ(mask_of_all(hand), flag != 0);
  }
}

}  // namespace
}  // namespace vyre
