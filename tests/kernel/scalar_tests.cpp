#include <gtest/gtest.h>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::HandProgram;
using vir0::Op;

constexpr u64 kMax = ~u64{0};
constexpr u64 kTop = u64{1} << 63;

u64 only_result(HandProgram& hand, u8 source) {
  hand.results(1, Combine::kOr);
  hand.result(0, source);
  const testing::ChunkRun run = hand.run("x");
  EXPECT_EQ(run.outcome.fault_code, 0u);
  return run.outcome.results[0];
}

struct TwoOperandRow {
  Op op;
  u64 a;
  u64 b;
  u64 expected;
};

const TwoOperandRow kTwoOperandRows[] = {
    {Op::kScalarMove, 7, 9, 7},
    {Op::kScalarAdd, kMax, 2, 1},
    {Op::kScalarSub, 2, 3, kMax},
    {Op::kScalarMul, u64{1} << 33, 4, u64{1} << 35},
    {Op::kScalarMul, kMax, kMax, 1},
    {Op::kScalarDiv, 17, 5, 3},
    {Op::kScalarDiv, kMax, 1, kMax},
    {Op::kScalarDiv, kTop, kMax, 0},
    {Op::kScalarDiv, 17, 0, 0},
    {Op::kScalarRem, 17, 5, 2},
    {Op::kScalarRem, 17, 0, 17},
    {Op::kScalarRem, kTop, kMax, kTop},
    {Op::kScalarAnd, 0xF0F0, 0xFF00, 0xF000},
    {Op::kScalarOr, 0xF0F0, 0x0F00, 0xFFF0},
    {Op::kScalarXor, 0xFF, 0x0F, 0xF0},
    {Op::kScalarShl, 1, 63, kTop},
    {Op::kScalarShl, 1, 64, 0},
    {Op::kScalarShl, 1, kMax, 0},
    {Op::kScalarShr, kTop, 63, 1},
    {Op::kScalarShr, kMax, 64, 0},
    {Op::kScalarShr, kMax, u64{1} << 32, 0},
    {Op::kScalarRotl, 5, 0, 5},
    {Op::kScalarRotl, kTop, 1, 1},
    {Op::kScalarRotl, 3, 63, kTop | 1},
    {Op::kScalarRotl, 3, 64, 3},
    {Op::kScalarRotl, 3, 65 + (u64{1} << 40), 6},
    {Op::kScalarMin, kTop, 1, 1},
    {Op::kScalarMax, kTop, 1, kTop},
    {Op::kScalarEq, 7, 7, 1},
    {Op::kScalarEq, 7, 7 + (u64{1} << 32), 0},
    {Op::kScalarNe, 7, 7, 0},
    {Op::kScalarNe, 7, 7 + (u64{1} << 32), 1},
    {Op::kScalarLt, 1, kMax, 1},
    {Op::kScalarLt, kMax, 1, 0},
    {Op::kScalarLt, 5, 5, 0},
    {Op::kScalarLe, 5, 5, 1},
    {Op::kScalarLe, kMax, 5, 0},
    {Op::kScalarPopcount, 0, 0, 0},
    {Op::kScalarPopcount, kMax, 0, 64},
    {Op::kScalarPopcount, kTop | 1, 0, 2},
    {Op::kScalarClz, 0, 0, 64},
    {Op::kScalarClz, 1, 0, 63},
    {Op::kScalarClz, kTop, 0, 0},
    {Op::kScalarCtz, 0, 0, 64},
    {Op::kScalarCtz, kTop, 0, 63},
    {Op::kScalarCtz, 12, 0, 2},
};

TEST(Scalars, TwoOperands) {
  for (const TwoOperandRow& row : kTwoOperandRows) {
    SCOPED_TRACE(::testing::Message()
                 << "opcode " << static_cast<int>(row.op) << " of " << row.a << ", " << row.b);
    HandProgram hand;
    hand.scalar(1, row.a);
    hand.scalar(2, row.b);
    hand.add(row.op, 3, 1, 2);
    EXPECT_EQ(only_result(hand, 3), row.expected);
    // Into its own first and second operand.
    for (const u8 target : {u8{1}, u8{2}}) {
      HandProgram in_place;
      in_place.scalar(1, row.a);
      in_place.scalar(2, row.b);
      in_place.add(row.op, target, 1, 2);
      EXPECT_EQ(only_result(in_place, target), row.expected);
    }
  }
}

struct ImmediateRow {
  Op op;
  u64 a;
  u32 immediate;
  u64 expected;
};

const ImmediateRow kImmediateRows[] = {
    {Op::kScalarConst, 1, 0xFFFFFFFF, 0xFFFFFFFF},
    {Op::kScalarAddImmediate, 5, 7, 12},
    {Op::kScalarAddImmediate, 5, 0xFFFFFFFF, 4},
    {Op::kScalarAddImmediate, 0, 0x80000000, kMax - 0x7FFFFFFF},
    {Op::kScalarAddImmediate, kMax, 0x7FFFFFFF, 0x7FFFFFFE},
    {Op::kScalarMulImmediate, 2, 0xFFFFFFFF, 0x1FFFFFFFE},
    {Op::kScalarAndImmediate, kMax, 0xFFFFFFFF, 0xFFFFFFFF},
    {Op::kScalarShlImmediate, 1, 63, kTop},
    {Op::kScalarShlImmediate, 1, 64, 0},
    {Op::kScalarShlImmediate, 1, 0xFFFFFFFF, 0},
    {Op::kScalarShrImmediate, kTop, 63, 1},
    {Op::kScalarShrImmediate, kTop, 64, 0},
    {Op::kScalarEqImmediate, 0xFFFFFFFF, 0xFFFFFFFF, 1},
    {Op::kScalarEqImmediate, kMax, 0xFFFFFFFF, 0},
    {Op::kScalarLtImmediate, 0xFFFFFFFE, 0xFFFFFFFF, 1},
    {Op::kScalarLtImmediate, kMax, 0xFFFFFFFF, 0},
};

TEST(Scalars, Immediates) {
  for (const ImmediateRow& row : kImmediateRows) {
    for (const u8 target : {u8{3}, u8{1}}) {
      HandProgram hand;
      hand.scalar(1, row.a);
      hand.add(row.op, target, 1, 0, row.immediate);
      EXPECT_EQ(only_result(hand, target), row.expected)
          << "opcode " << static_cast<int>(row.op) << " of " << row.a << ", " << row.immediate;
    }
  }
}

TEST(Scalars, ConstHighKeepsTheLowHalf) {
  HandProgram hand;
  hand.scalar(0, kMax);
  hand.add(Op::kScalarConstHigh, 0, 0, 0, 0x12345678);
  EXPECT_EQ(only_result(hand, 0), 0x12345678FFFFFFFFu);
}

TEST(Scalars, SelectByTheNamedScalar) {
  for (const u64 condition : {u64{0}, u64{1}, kTop}) {
    HandProgram hand;
    hand.scalar(1, 10);
    hand.scalar(2, 20);
    hand.scalar(9, condition);
    hand.add(Op::kScalarSelect, 9, 1, 2, 9);
    EXPECT_EQ(only_result(hand, 9), condition != 0 ? 10u : 20u);
  }
}

TEST(Scalars, InputsDescribeTheTile) {
  HandProgram hand;
  hand.results(4);
  for (u32 input = 0; input < 4; ++input) {
    hand.add(Op::kScalarInput, 0, 0, 0, input);
    hand.result(input, 0);
  }
  const std::string chunk(kTileBytes + 5000, 'x');
  const u64 file_offset = (u64{5} << 32) - 100;
  testing::ChunkOptions options;
  options.file_offset = file_offset;
  // Own: one tile, and 300 bytes of the next.
  const auto run = hand.run_part(chunk, {100, 100 + kTileBytes + 300}, options);
  ASSERT_EQ(run.outcome.tiles, 2u);
  const u64 first = file_offset + 100;
  EXPECT_EQ(run.outcome.results[0], 2 * first + kTileBytes);
  EXPECT_EQ(run.outcome.results[1], u64{kTileBytes} + 300);
  EXPECT_EQ(run.outcome.results[2], u64{100} + kHaloBytes);
  EXPECT_EQ(run.outcome.results[3], u64{kHaloBytes} + kHaloBytes);
  const auto last = hand.run_part(chunk, {4096, static_cast<u32>(chunk.size())}, {});
  EXPECT_EQ(last.outcome.tiles, 2u);
  EXPECT_EQ(last.outcome.results[3], 904u);
}

}  // namespace
}  // namespace vyre
