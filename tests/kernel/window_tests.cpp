#include <gtest/gtest.h>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::ChunkOptions;
using testing::ChunkRun;
using testing::fault_of;
using testing::filled;
using testing::HandProgram;
using testing::lane_bytes;
using testing::lanes_of;
using testing::LaneValues;
using vir0::Op;
using wire::FaultCode;

ChunkOptions with_window(std::vector<u32>& window) {
  ChunkOptions options;
  options.window = window;
  return options;
}

TEST(Windows, LoadCountsFromTheRangesFirstWord) {
  std::vector<u32> window = {1, 2, 30, 40, 50, 6};
  HandProgram hand;
  hand.window(WindowAccess::kRead, 0, 1);
  hand.window(WindowAccess::kRead, 2, 3);
  LaneValues index = filled(0);
  LaneValues set = filled(1);
  index[5] = 2;
  index[6] = 9;
  set[6] = 0;
  hand.mask(2, set);
  hand.vector(1, index);
  hand.add(Op::kWindowLoad, 1, 1, 2, 1);
  hand.emit_vector(1);
  LaneValues expected = filled(30);
  expected[5] = 50;
  expected[6] = 0;
  EXPECT_EQ(lanes_of(hand.run(lane_bytes(), with_window(window))), expected);
}

struct ChangeRow {
  Op op;
  WindowAccess access;
  u32 start;
  u32 expected;
};

// Lanes 0..127 bring their own number plus one, all to one word.
TEST(Windows, ChangesOfOneWordByAllLanes) {
  const ChangeRow rows[] = {
      {Op::kWindowStore, WindowAccess::kState, 5, 128},
      {Op::kWindowAdd, WindowAccess::kAdd, 0xFFFFFFFF, 128 * 129 / 2 - 1},
      {Op::kWindowAdd, WindowAccess::kState, 0, 128 * 129 / 2},
      {Op::kWindowMin, WindowAccess::kMin, 5, 1},
      {Op::kWindowMin, WindowAccess::kMin, 0, 0},
      {Op::kWindowMax, WindowAccess::kMax, 5, 128},
      {Op::kWindowMax, WindowAccess::kMax, 0x80000000, 0x80000000},
      {Op::kWindowOr, WindowAccess::kOr, 0x100, 0x1FF},
  };
  for (const ChangeRow& row : rows) {
    for (const bool proven : {false, true}) {
      std::vector<u32> window = {7, row.start, 7};
      HandProgram hand;
      hand.window(row.access, 1, 1);
      hand.lanes();
      hand.add(Op::kVectorAddImmediate, 2, HandProgram::kLaneVector, 0, 1);
      hand.add(Op::kVectorConst, 1);
      const u32 change = hand.add(row.op, 2, 1, HandProgram::kAllMask);
      hand.proven.resize(change + 1);
      hand.proven[change] = proven;
      EXPECT_EQ(fault_of(hand.run(lane_bytes(), with_window(window))), FaultCode::kNone);
      EXPECT_EQ(window, (std::vector<u32>{7, row.expected, 7})) << static_cast<int>(row.op);
    }
  }
}

TEST(Windows, TheLastLaneOfAWordStores) {
  std::vector<u32> window(4);
  HandProgram hand;
  hand.window(WindowAccess::kState, 0, 4);
  LaneValues set = filled(1);
  set[127] = 0;
  set[126] = 0;
  hand.mask(2, set);
  hand.lanes();
  hand.add(Op::kVectorAndImmediate, 1, HandProgram::kLaneVector, 0, 3);
  hand.add(Op::kWindowStore, HandProgram::kLaneVector, 1, 2);
  EXPECT_EQ(fault_of(hand.run(lane_bytes(), with_window(window))), FaultCode::kNone);
  EXPECT_EQ(window, (std::vector<u32>{124, 125, 122, 123}));
}

TEST(Windows, AStoredWordIsLoadedByTheSameTileAndTheNext) {
  std::vector<u32> window(1);
  HandProgram hand;
  hand.window(WindowAccess::kState, 0, 1);
  hand.lanes();
  hand.add(Op::kVectorConst, 1);
  hand.add(Op::kWindowLoad, 2, 1, HandProgram::kAllMask);
  hand.add(Op::kVectorMulImmediate, 2, 2, 0, 3);
  hand.add(Op::kVectorAddImmediate, 2, 2, 0, 1);
  hand.add(Op::kWindowStore, 2, 1, HandProgram::kAllMask);
  hand.add(Op::kWindowAdd, HandProgram::kLaneVector, 1, HandProgram::kAllMask);
  hand.add(Op::kWindowLoad, 2, 1, HandProgram::kAllMask);
  hand.add(Op::kVectorReduceMax, 0, 2);
  hand.results(1, Combine::kXor);
  hand.result(0, 0);
  const u32 lanes = 127 * 128 / 2;
  const u32 first = 1 + lanes;
  const u32 second = first * 3 + 1 + lanes;
  const auto run = hand.run(std::string(kTileBytes + 1, 'x'), with_window(window));
  EXPECT_EQ(run.outcome.results[0], first ^ second);
  EXPECT_EQ(window[0], second);
}

TEST(Windows, BeyondTheRangeFaultsAndWritesNothing) {
  const Op ops[] = {Op::kWindowLoad, Op::kWindowStore, Op::kWindowAdd,
                    Op::kWindowMin,  Op::kWindowMax,   Op::kWindowOr};
  for (const Op op : ops) {
    for (const u32 beyond : {2u, 3u, 0xFFFFFFFFu}) {
      for (const u32 lane : {0u, 127u}) {
        std::vector<u32> window = {9, 9, 9, 9};
        HandProgram hand;
        hand.window(WindowAccess::kState, 1, 2);
        LaneValues index{};
        index[lane] = beyond;
        hand.vector(1, index);
        hand.vector(2, filled(1));
        const u32 at = hand.add(op, 2, 1, HandProgram::kAllMask);
        const ChunkRun run = hand.run(lane_bytes(), with_window(window));
        EXPECT_EQ(fault_of(run), FaultCode::kWindowOutOfRange);
        EXPECT_EQ(run.outcome.fault_instruction, at);
        EXPECT_EQ(window, (std::vector<u32>{9, 9, 9, 9}));
      }
    }
  }
}

TEST(Carry, PassesFromTileToTileAndOutOfTheChunk) {
  HandProgram hand;
  hand.program.carry_words = 2;
  hand.add(Op::kCarryLoad, 0, 0, 0, 1);
  hand.add(Op::kScalarMulImmediate, 0, 0, 0, 10);
  hand.add(Op::kScalarAddImmediate, 0, 0, 0, 7);
  hand.add(Op::kCarryStore, 0, 0, 0, 1);
  ChunkOptions options;
  options.carry = {50, 1, 99};
  const ChunkRun run = hand.run(std::string(3 * kTileBytes, 'x'), options);
  EXPECT_EQ(run.outcome.carry[0], 50u);
  EXPECT_EQ(run.outcome.carry[1], 1777u);
  EXPECT_EQ(run.outcome.carry[2], 99u);
}

TEST(Carry, DoesNotDependOnTheCutOfAFile) {
  HandProgram hand;
  hand.program.carry_words = 16;
  hand.results(1, Combine::kXor);
  hand.add(Op::kCarryLoad, 0, 0, 0, 15);
  hand.add(Op::kScalarMulImmediate, 0, 0, 0, 1000003);
  hand.add(Op::kCountByte, 1, 0, 0, 'a');
  hand.add(Op::kScalarAdd, 0, 0, 1);
  hand.add(Op::kCarryStore, 0, 0, 0, 15);
  hand.result(0, 0);
  std::string file(7 * kTileBytes + 123, 'b');
  for (std::size_t i = 0; i < file.size(); i += 1 + i / 1000) file[i] = 'a';
  const auto whole = hand.run_file(file, 8 * kTileBytes);
  EXPECT_EQ(whole.tiles, 8u);
  for (const u32 tiles : {1u, 2u, 3u, 7u}) {
    const auto cut = hand.run_file(file, tiles * kTileBytes);
    EXPECT_EQ(cut.results, whole.results) << tiles;
    EXPECT_EQ(cut.carry, whole.carry) << tiles;
  }
}

}  // namespace
}  // namespace vyre
