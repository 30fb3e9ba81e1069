#include <gtest/gtest.h>

#include <algorithm>

#include "tests/kernel/hand_program.hpp"
#include "vir0/result_combine.hpp"

namespace vyre {
namespace {

using testing::ChunkOptions;
using testing::ChunkRun;
using testing::fault_of;
using testing::filled;
using testing::HandProgram;
using testing::lane_bytes;
using testing::LaneValues;
using vir0::Op;
using wire::FaultCode;
using wire::Record;

struct CombineRow {
  Combine kind;
  u64 nothing;
  /// Of ~0, 5 and 12.
  u64 all;
};

TEST(Results, CombineAsDeclared) {
  const u64 max = ~u64{0};
  const CombineRow rows[] = {{Combine::kSum, 0, 16},           {Combine::kMin, max, 5},
                             {Combine::kMax, 0, max},          {Combine::kOr, 0, max},
                             {Combine::kXor, 0, max ^ 5 ^ 12}, {Combine::kCrc32c, 0, max ^ 5 ^ 12}};
  for (const CombineRow& row : rows) {
    HandProgram hand;
    hand.results(3, row.kind);
    for (const u64 value : {max, u64{5}, u64{12}}) {
      hand.scalar(0, value);
      hand.result(2, 0);
    }
    const ChunkRun run = hand.run("x");
    EXPECT_EQ(run.outcome.result_count, 3u);
    EXPECT_EQ(run.outcome.results[0], row.nothing);
    EXPECT_EQ(run.outcome.results[2], row.all);
    EXPECT_EQ(vir0::identity(row.kind), row.nothing);
    EXPECT_EQ(vir0::combine(row.kind, vir0::combine(row.kind, 5, max), 12), row.all);
    if (row.kind != Combine::kCrc32c) {
      EXPECT_EQ(vir0::finish(row.kind, row.all, 99), row.all);
    }
  }
}

TEST(Results, OnlyDeclaredWordsAreWritten) {
  HandProgram hand;
  hand.results(1);
  const ChunkRun run = hand.run("x");
  EXPECT_EQ(run.outcome.results[1], 0u);
  EXPECT_EQ(run.outcome.result_count, 1u);
}

TEST(Emit, OfTileOffsetsInTheMask) {
  HandProgram hand;
  hand.lanes();
  hand.add(Op::kVectorConst, 2, 0, 0, 42);
  hand.add(Op::kMaskLtImmediate, 1, HandProgram::kLaneVector, 0, 3);
  hand.add(Op::kEmit, 2, HandProgram::kLaneVector, 1);
  const ChunkRun run = hand.run(std::string(kTileBytes + 10, 'x'));
  EXPECT_EQ(run.records, (std::vector<Record>{{0, 42},
                                              {1, 42},
                                              {2, 42},
                                              {kTileBytes, 42},
                                              {kTileBytes + 1, 42},
                                              {kTileBytes + 2, 42}}));
}

TEST(Emit, TheHaloIsTheNeighboursAndBeyondItFaults) {
  const std::string chunk(400, 'x');
  const std::pair<std::int64_t, int> rows[] = {
      {-50, 0}, {-51, -1}, {-1, 0}, {0, 1}, {299, 1}, {300, 0}, {349, 0}, {350, -1}, {1 << 30, -1}};
  for (const auto& [offset, records] : rows) {
    HandProgram hand;
    LaneValues offsets = filled(7);
    offsets[127] = static_cast<u32>(offset);
    LaneValues set{};
    set[127] = 1;
    hand.mask(1, set);
    hand.vector(1, offsets);
    const u32 emit = hand.add(Op::kEmit, 1, 1, 1);
    const ChunkRun run = hand.run_part(chunk, {50, 350});
    if (records < 0) {
      EXPECT_EQ(fault_of(run), FaultCode::kTileOutOfRange) << offset;
      EXPECT_EQ(run.outcome.fault_instruction, emit);
    } else {
      EXPECT_EQ(fault_of(run), FaultCode::kNone) << offset;
      EXPECT_EQ(run.records.size(), static_cast<std::size_t>(records)) << offset;
      if (records == 1) {
        EXPECT_EQ(run.records[0].offset, static_cast<u32>(50 + offset));
      }
    }
  }
}

TEST(Emit, RecordsAreSortedWhateverTheOrderOfEmits) {
  HandProgram hand;
  hand.lanes();
  hand.add(Op::kVectorConst, 1, 0, 0, 127);
  hand.add(Op::kVectorSub, 2, 1, HandProgram::kLaneVector);
  hand.add(Op::kEmit, 1, 2, HandProgram::kAllMask);
  hand.add(Op::kEmit, HandProgram::kLaneVector, HandProgram::kLaneVector, HandProgram::kAllMask);
  const ChunkRun run = hand.run(std::string(200, 'x'));
  ASSERT_EQ(run.records.size(), 2u * kLanes);
  EXPECT_TRUE(std::is_sorted(run.records.begin(), run.records.end()));
}

TEST(Emit, AboveTheCapacityOnlyTheCountIsLeft) {
  HandProgram hand;
  hand.emit_vector(HandProgram::kLaneVector);
  ChunkOptions options;
  options.record_capacity = kLanes;
  EXPECT_EQ(hand.run(lane_bytes(), options).records.size(), kLanes);
  options.record_capacity = kLanes - 1;
  const ChunkRun over = hand.run(lane_bytes(), options);
  EXPECT_EQ(over.outcome.record_count, kLanes);
  EXPECT_TRUE(over.records.empty());
}

TEST(Emit, TheBudgetIsPerTileAndOfAllInstructions) {
  HandProgram hand;
  hand.program.emit_budget = 2 * kLanes;
  hand.emit_vector(HandProgram::kLaneVector);
  hand.emit_vector(HandProgram::kLaneVector);
  const std::string tiles(2 * kTileBytes, 'x');
  EXPECT_EQ(hand.run(tiles).records.size(), 4u * kLanes);
  // What lies outside the tile costs nothing.
  hand.add(Op::kVectorConst, 1, 0, 0, kTileBytes);
  hand.add(Op::kEmit, 1, 1, HandProgram::kAllMask);
  EXPECT_EQ(hand.run_part(tiles, {0, kTileBytes}).records.size(), 2u * kLanes);
  LaneValues one{};
  one[3] = 1;
  hand.mask(1, one);
  hand.add(Op::kVectorLane, 1);
  const u32 over = hand.add(Op::kEmit, 1, 1, 1);
  const ChunkRun run = hand.run_part(tiles, {0, kTileBytes});
  EXPECT_EQ(fault_of(run), FaultCode::kEmitBudgetExhausted);
  EXPECT_EQ(run.outcome.fault_instruction, over);
  EXPECT_EQ(run.outcome.fault_tile, 0u);
}

TEST(Emit, ABudgetOfNothing) {
  HandProgram hand;
  hand.program.emit_budget = 0;
  hand.lanes();
  hand.add(Op::kMaskConst, 1);
  hand.add(Op::kEmit, HandProgram::kLaneVector, HandProgram::kLaneVector, 1);
  EXPECT_EQ(fault_of(hand.run(lane_bytes())), FaultCode::kNone);
  hand.add(Op::kEmit, HandProgram::kLaneVector, HandProgram::kLaneVector, HandProgram::kAllMask);
  EXPECT_EQ(fault_of(hand.run(lane_bytes())), FaultCode::kEmitBudgetExhausted);
}

std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

struct CopyRow {
  std::int64_t offset;
  u64 count;
  FaultCode fault;
};

TEST(Copy, BytesThatCanBeReadAndNoOthers) {
  std::string chunk(400, 'x');
  for (std::size_t i = 0; i < chunk.size(); ++i) chunk[i] = static_cast<char>(i);
  const u64 top = u64{1} << 63;
  const CopyRow rows[] = {
      {0, 10, FaultCode::kNone},
      {-50, 400, FaultCode::kNone},
      {-50, 401, FaultCode::kTileOutOfRange},
      {-51, 1, FaultCode::kTileOutOfRange},
      {349, 1, FaultCode::kNone},
      {350, 1, FaultCode::kTileOutOfRange},
      {0, ~u64{0}, FaultCode::kTileOutOfRange},
      {-50, ~u64{0}, FaultCode::kTileOutOfRange},
      {INT64_MAX, 1, FaultCode::kTileOutOfRange},
      {INT64_MIN, top, FaultCode::kTileOutOfRange},
      {INT64_MIN, 0, FaultCode::kNone},
      {1000, 0, FaultCode::kNone},
  };
  for (const CopyRow& row : rows) {
    HandProgram hand;
    hand.scalar(1, static_cast<u64>(row.offset));
    hand.scalar(2, row.count);
    const u32 copy = hand.add(Op::kCopy, 0, 1, 2);
    const ChunkRun run = hand.run_part(chunk, {50, 350});
    ASSERT_EQ(fault_of(run), row.fault) << row.offset << ", " << row.count;
    if (row.fault != FaultCode::kNone) {
      EXPECT_EQ(run.outcome.fault_instruction, copy);
    } else if (row.count != 0) {
      EXPECT_EQ(text_of(run.output),
                chunk.substr(static_cast<std::size_t>(50 + row.offset), row.count));
    }
  }
}

TEST(Copy, AtMostATilesBytesInATile) {
  const std::string chunk(kTileBytes + 8192, 'x');
  const testing::OwnPart own{4096, 4096 + kTileBytes};
  for (const u32 second : {0u, 1u}) {
    HandProgram hand;
    hand.scalar(1, static_cast<u64>(-10));
    hand.scalar(2, kTileBytes);
    hand.add(Op::kCopy, 0, 1, 2);
    hand.scalar(2, second);
    hand.add(Op::kCopy, 0, 1, 2);
    const ChunkRun run = hand.run_part(chunk, own);
    EXPECT_EQ(fault_of(run), second == 0 ? FaultCode::kNone : FaultCode::kOutputOutOfRange);
  }
  HandProgram hand;
  hand.scalar(1, 0);
  hand.scalar(2, kTileBytes + 1);
  hand.add(Op::kCopy, 0, 1, 2);
  EXPECT_EQ(fault_of(hand.run_part(chunk, own)), FaultCode::kOutputOutOfRange);
}

TEST(Copy, AboveTheCapacityOnlyTheCountIsLeft) {
  HandProgram hand;
  hand.scalar(1, 0);
  hand.scalar(2, 6);
  hand.add(Op::kCopy, 0, 1, 2);
  hand.add(Op::kCopy, 0, 1, 2);
  ChunkOptions options;
  options.output_capacity = 12;
  EXPECT_EQ(text_of(hand.run("abcdefgh", options).output), "abcdefabcdef");
  options.output_capacity = 11;
  const ChunkRun over = hand.run("abcdefgh", options);
  EXPECT_EQ(over.outcome.output_bytes, 12u);
  EXPECT_TRUE(over.output.empty());
  options.output_capacity = 0;
  EXPECT_EQ(hand.run("abcdefgh", options).outcome.output_bytes, 12u);
}

TEST(Copy, OutputsFollowTheFileHoweverItIsCut) {
  HandProgram hand;
  hand.add(Op::kScalarInput, 2, 0, 0, 1);
  hand.scalar(1, 0);
  hand.add(Op::kCopy, 0, 1, 2);
  std::string file(5 * kTileBytes + 77, 'b');
  for (std::size_t i = 0; i < file.size(); ++i) file[i] = static_cast<char>(i * i >> 7);
  for (const u32 tiles : {1u, 2u, 6u}) {
    const auto run = hand.run_file(file, tiles * kTileBytes);
    EXPECT_TRUE(text_of(run.output) == file) << tiles;
  }
}

}  // namespace
}  // namespace vyre
