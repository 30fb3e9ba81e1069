#include <gtest/gtest.h>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::HandProgram;
using vir0::Op;

/// s0 = 1, and result words that count by adding it.
HandProgram counting(u32 words) {
  HandProgram hand;
  hand.results(words);
  hand.scalar(0, 1);
  return hand;
}

TEST(Control, JumpAndBranches) {
  struct Row {
    Op op;
    u64 condition;
    bool jumps;
  };
  const Row rows[] = {{Op::kJump, 0, true},       {Op::kBranch, 0, false},
                      {Op::kBranch, 1, true},     {Op::kBranch, u64{1} << 63, true},
                      {Op::kBranchZero, 0, true}, {Op::kBranchZero, u64{1} << 63, false}};
  for (const Row& row : rows) {
    HandProgram hand = counting(2);
    hand.scalar(1, row.condition);
    const u32 jump = hand.add(row.op, 0, 1, 0, 0);
    hand.result(0, 0);
    const u32 landing = hand.add(Op::kResult, 0, 0, 0, 1);
    hand.program.code[jump] = vir0::pack({row.op, 0, 1, 0, landing});
    const auto run = hand.run("x");
    EXPECT_EQ(run.outcome.results[0], row.jumps ? 0u : 1u) << static_cast<int>(row.op);
    EXPECT_EQ(run.outcome.results[1], 1u);
  }
}

TEST(Control, NestedLoopsRunTheirCounts) {
  HandProgram hand = counting(3);
  hand.add(Op::kRepeat, 0, 0, 0, 3);
  hand.result(0, 0);
  hand.add(Op::kRepeat, 0, 0, 0, 5);
  hand.result(1, 0);
  hand.add(Op::kEnd);
  hand.add(Op::kRepeat, 0, 0, 0, 1);
  hand.result(2, 0);
  hand.add(Op::kEnd);
  hand.add(Op::kEnd);
  const auto run = hand.run("x");
  EXPECT_EQ(run.outcome.results[0], 3u);
  EXPECT_EQ(run.outcome.results[1], 15u);
  EXPECT_EQ(run.outcome.results[2], 3u);
}

TEST(Control, RepeatScalarRunsTheLesserCountAndPerhapsNever) {
  const std::pair<u64, u64> rows[] = {{0, 0}, {1, 1},       {3, 3},           {4, 4},
                                      {5, 4}, {~u64{0}, 4}, {u64{1} << 32, 4}};
  for (const auto& [wanted, rounds] : rows) {
    HandProgram hand = counting(3);
    hand.scalar(1, wanted);
    hand.add(Op::kRepeatScalar, 0, 1, 0, 4);
    hand.result(0, 0);
    // The count was taken before the first round.
    hand.scalar(1, 0);
    hand.add(Op::kRepeatScalar, 0, 1, 0, 9);
    hand.result(1, 0);
    hand.add(Op::kEnd);
    hand.add(Op::kEnd);
    hand.result(2, 0);
    const auto run = hand.run("x");
    EXPECT_EQ(run.outcome.results[0], rounds) << wanted;
    EXPECT_EQ(run.outcome.results[1], 0u);
    EXPECT_EQ(run.outcome.results[2], 1u);
  }
}

TEST(Control, BreakLeavesTheInnermostLoopOnly) {
  HandProgram hand = counting(4);
  hand.add(Op::kRepeat, 0, 0, 0, 3);
  hand.result(0, 0);
  hand.add(Op::kRepeat, 0, 0, 0, 5);
  hand.result(1, 0);
  hand.add(Op::kBreak, 0, 0);
  hand.add(Op::kRepeat, 0, 0, 0, 2);  // skipped, with its own end
  hand.result(2, 0);
  hand.add(Op::kEnd);
  hand.add(Op::kEnd);
  hand.result(3, 0);
  hand.add(Op::kEnd);
  const auto run = hand.run("x");
  EXPECT_EQ(run.outcome.results[0], 3u);
  EXPECT_EQ(run.outcome.results[1], 3u);
  EXPECT_EQ(run.outcome.results[2], 0u);
  EXPECT_EQ(run.outcome.results[3], 3u);
}

TEST(Control, BreakOfZeroGoesOn) {
  HandProgram hand = counting(1);
  hand.scalar(1, 0);
  hand.add(Op::kRepeat, 0, 0, 0, 4);
  hand.add(Op::kBreak, 0, 1);
  hand.result(0, 0);
  hand.add(Op::kEnd);
  EXPECT_EQ(hand.run("x").outcome.results[0], 4u);
}

TEST(Control, JumpToTheLoopsEndGoesOnWithTheNextRound) {
  HandProgram hand = counting(2);
  hand.add(Op::kRepeat, 0, 0, 0, 4);
  const u32 jump = hand.add(Op::kJump);
  hand.result(0, 0);
  const u32 end = hand.add(Op::kEnd);
  hand.program.code[jump] = vir0::pack({Op::kJump, 0, 0, 0, end});
  hand.result(1, 0);
  const auto run = hand.run("x");
  EXPECT_EQ(run.outcome.results[0], 0u);
  EXPECT_EQ(run.outcome.results[1], 1u);
}

TEST(Control, EightLoopsDeep) {
  HandProgram hand = counting(1);
  for (u32 depth = 0; depth < vir0::kMaxLoopDepth; ++depth) hand.add(Op::kRepeat, 0, 0, 0, 2);
  hand.result(0, 0);
  for (u32 depth = 0; depth < vir0::kMaxLoopDepth; ++depth) hand.add(Op::kEnd);
  EXPECT_EQ(hand.run("x").outcome.results[0], 256u);
}

TEST(Control, FuelIsWhatWasExecuted) {
  HandProgram hand;
  hand.add(Op::kScalarConst);                  // 1
  hand.add(Op::kRepeat, 0, 0, 0, 3);           // 1
  hand.add(Op::kVectorLane);                   // 3
  hand.add(Op::kVectorReduceAdd, 1, 0);        // 6
  hand.add(Op::kEnd);                          // 3
  EXPECT_EQ(hand.run("x").outcome.fuel, 15u);  // and halt
  const std::string two_tiles(kTileBytes + 1, 'x');
  EXPECT_EQ(hand.run(two_tiles).outcome.fuel, 30u);
}

TEST(Control, AnEmptyFileIsOneTileAndAPartWithoutBytesIsNone) {
  HandProgram hand = counting(1);
  hand.result(0, 0);
  EXPECT_EQ(hand.run("").outcome.tiles, 1u);
  EXPECT_EQ(hand.run("").outcome.results[0], 1u);
  EXPECT_EQ(hand.run_part("abc", {2, 2}).outcome.tiles, 0u);
  EXPECT_EQ(hand.run(std::string(kTileBytes, 'x')).outcome.tiles, 1u);
  EXPECT_EQ(hand.run(std::string(kTileBytes + 1, 'x')).outcome.tiles, 2u);
}

}  // namespace
}  // namespace vyre
