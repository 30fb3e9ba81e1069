#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "tests/support/reference_run.hpp"
#include "vyre/program_builder.hpp"
#include "wire/fault.hpp"

namespace vyre {
namespace {

using testing::ChunkRun;
using testing::run_reference;
using wire::Record;

constexpr ScalarRegister s0{0}, s1{1}, s2{2};
constexpr VectorRegister v0{0}, v1{1}, v2{2};
constexpr MaskRegister m0{0}, m1{1}, m2{2};

/// Finishes with halt, verifies and runs.
ChunkRun run(ProgramBuilder& builder, std::string_view chunk) {
  builder.halt();
  const auto program = verify(builder.build());
  EXPECT_TRUE(program) << (program ? "" : program.error().message());
  return run_reference(*program, chunk);
}

/// Builds the u64 from 32-bit constants: s = high << 32 | low. Uses s15.
void load_wide(ProgramBuilder& builder, ScalarRegister target, u64 value) {
  constexpr ScalarRegister kShift{15};
  builder.constant(kShift, 32);
  builder.constant(target, static_cast<u32>(value >> 32));
  builder.scalar(ScalarOperation::kShl, target, target, kShift);
  builder.constant(kShift, static_cast<u32>(value));
  builder.scalar(ScalarOperation::kOr, target, target, kShift);
}

struct ScalarRow {
  ScalarOperation operation;
  u64 a;
  u64 b;
  u64 expected;
};

TEST(Interpreter, ScalarOperations) {
  constexpr u64 kMax = ~u64{0};
  const ScalarRow rows[] = {
      {ScalarOperation::kAdd, 2, 3, 5},
      {ScalarOperation::kAdd, kMax, 2, 1},
      {ScalarOperation::kSub, 2, 3, kMax},
      {ScalarOperation::kMul, u64{1} << 33, 4, u64{1} << 35},
      {ScalarOperation::kMul, kMax, kMax, 1},
      {ScalarOperation::kAnd, 0xF0F0, 0xFF00, 0xF000},
      {ScalarOperation::kOr, 0xF0F0, 0x0F00, 0xFFF0},
      {ScalarOperation::kXor, 0xFF, 0x0F, 0xF0},
      {ScalarOperation::kShl, 1, 63, u64{1} << 63},
      {ScalarOperation::kShl, 1, 64, 0},
      {ScalarOperation::kShl, 1, kMax, 0},
      {ScalarOperation::kShr, u64{1} << 63, 63, 1},
      {ScalarOperation::kShr, kMax, 64, 0},
      {ScalarOperation::kEq, 7, 7, 1},
      {ScalarOperation::kEq, 7, 7 + (u64{1} << 32), 0},
      {ScalarOperation::kLt, 1, kMax, 1},
      {ScalarOperation::kLt, kMax, 1, 0},
      {ScalarOperation::kLt, 5, 5, 0},
  };
  for (const ScalarRow& row : rows) {
    ProgramBuilder builder;
    load_wide(builder, s0, row.a);
    load_wide(builder, s1, row.b);
    builder.scalar(row.operation, s2, s0, s1);
    builder.result(0, s2);
    EXPECT_EQ(run(builder, "x").outcome.results[0], row.expected)
        << "operation " << static_cast<int>(row.operation) << " of " << row.a << ", " << row.b;
  }
}

TEST(Interpreter, MoveAndResultsAddOverTiles) {
  ProgramBuilder builder;
  builder.constant(s0, 11);
  builder.move(s1, s0);
  builder.result(3, s1);
  const ChunkRun done = run(builder, std::string(3 * kTileBytes + 1, 'x'));
  EXPECT_EQ(done.outcome.results[3], 44u);
  EXPECT_EQ(done.outcome.results[0], 0u);
  EXPECT_EQ(done.outcome.tiles, 4u);
}

TEST(Interpreter, InputsDescribeTheTile) {
  const std::string chunk(2 * kTileBytes + 100, 'x');
  const u64 file_offset = (u64{5} << 32) + 7;
  // Own bytes in the second and third tile only: two tiles run.
  const u64 expected[] = {
      u64{kTileBytes} + 2 * kTileBytes, u64{kTileBytes} + 100,          2 * chunk.size(),
      2 * u64{kTileBytes + 10},         2 * (u64{2} * kTileBytes + 50), 2 * file_offset};
  for (u32 input = 0; input < std::size(expected); ++input) {
    ProgramBuilder builder;
    builder.input(s0, static_cast<TileInput>(input));
    builder.result(0, s0);
    builder.halt();
    const ChunkRun done = run_reference(*verify(builder.build()), chunk,
                                        {kTileBytes + 10, 2 * kTileBytes + 50}, 16, file_offset);
    EXPECT_EQ(done.outcome.results[0], expected[input]) << "input " << input;
    EXPECT_EQ(done.outcome.tiles, 2u);
  }
}

TEST(Interpreter, NoOwnBytesRunNoTile) {
  ProgramBuilder builder;
  builder.halt();
  const auto program = verify(builder.build());
  EXPECT_EQ(run_reference(*program, "", {0, 0}).outcome.tiles, 0u);
  EXPECT_EQ(run_reference(*program, "abc", {2, 2}).outcome.tiles, 0u);
}

struct VectorRow {
  VectorOperation operation;
  u32 a;
  u32 b;
  u32 expected;
};

TEST(Interpreter, VectorOperationsOnEveryLane) {
  const VectorRow rows[] = {
      {VectorOperation::kAdd, 2, 3, 5},           {VectorOperation::kAdd, 0xFFFFFFFF, 2, 1},
      {VectorOperation::kSub, 2, 3, 0xFFFFFFFF},  {VectorOperation::kAnd, 0xF0, 0x3C, 0x30},
      {VectorOperation::kOr, 0xF0, 0x0C, 0xFC},   {VectorOperation::kXor, 0xFF, 0x0F, 0xF0},
      {VectorOperation::kShl, 3, 31, 1u << 31},   {VectorOperation::kShl, 3, 32, 0},
      {VectorOperation::kShr, 0x80000000, 31, 1}, {VectorOperation::kShr, 5, 0xFFFFFFFF, 0},
  };
  for (const VectorRow& row : rows) {
    ProgramBuilder builder;
    builder.constant(v0, row.a);
    builder.constant(v1, row.b);
    builder.vector(row.operation, v2, v0, v1);
    builder.sum(s0, v2);
    builder.result(0, s0);
    EXPECT_EQ(run(builder, "x").outcome.results[0], u64{row.expected} * kLanes)
        << "operation " << static_cast<int>(row.operation) << " of " << row.a << ", " << row.b;
  }
}

TEST(Interpreter, LaneAndSplatAndInPlaceOperands) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.sum(s0, v0);
  builder.result(0, s0);
  load_wide(builder, s1, (u64{9} << 32) | 4);
  builder.splat(v1, s1);
  builder.vector(VectorOperation::kAdd, v1, v1, v1);
  builder.sum(s2, v1);
  builder.result(1, s2);
  const ChunkRun done = run(builder, "x");
  EXPECT_EQ(done.outcome.results[0], 127u * 128 / 2);
  EXPECT_EQ(done.outcome.results[1], 8u * kLanes);
}

TEST(Interpreter, Masks) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.constant(v1, 100);
  builder.constant(v2, 5);
  builder.less(m0, v0, v1);   // lanes 0..99
  builder.equal(m1, v0, v2);  // lane 5
  builder.count(s0, m0);
  builder.result(0, s0);
  builder.mask_and(m2, m0, m1);
  builder.count(s0, m2);
  builder.result(1, s0);
  builder.mask_not(m2, m0);  // lanes 100..127
  builder.mask_or(m2, m2, m1);
  builder.count(s0, m2);
  builder.result(2, s0);
  const ChunkRun done = run(builder, "x");
  EXPECT_EQ(done.outcome.results[0], 100u);
  EXPECT_EQ(done.outcome.results[1], 1u);
  EXPECT_EQ(done.outcome.results[2], 29u);
}

TEST(Interpreter, LoadReadsWhereTheMaskIsSet) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.input(s0, TileInput::kTileLength);
  builder.splat(v1, s0);
  builder.less(m0, v0, v1);
  builder.load_u8(v2, v0, m0);
  builder.sum(s1, v2);
  builder.result(0, s1);
  EXPECT_EQ(run(builder, "abc").outcome.results[0], u64{'a' + 'b' + 'c'});
}

TEST(Interpreter, LoadOutsideTheTileFaults) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.equal(m0, v0, v0);
  builder.load_u8(v1, v0, m0);
  const ChunkRun done = run(builder, "abc");
  EXPECT_EQ(done.outcome.fault_code, static_cast<u32>(wire::FaultCode::kTileOutOfRange));
  EXPECT_EQ(done.outcome.fault_instruction, 2u);
}

TEST(Interpreter, LoadAtTheLastByteOfATileDoesNotFault) {
  ProgramBuilder builder;
  builder.constant(v0, kTileBytes - 1);
  builder.equal(m0, v0, v0);
  builder.load_u8(v1, v0, m0);
  EXPECT_EQ(run(builder, std::string(kTileBytes, 'x')).outcome.fault_code, 0u);
}

TEST(Interpreter, BranchSkipsWhereTheScalarIsNotZero) {
  for (const u32 condition : {0u, 1u, 7u}) {
    ProgramBuilder builder;
    builder.constant(s0, condition);
    builder.constant(s1, 1);
    const std::size_t branch = builder.branch(s0);
    builder.constant(s1, 2);
    builder.land(branch);
    builder.result(0, s1);
    EXPECT_EQ(run(builder, "x").outcome.results[0], condition == 0 ? 2u : 1u);
  }
}

TEST(Interpreter, NestedLoopsRunTheirCounts) {
  ProgramBuilder builder;
  builder.constant(s0, 1);
  builder.repeat(3);
  builder.result(0, s0);
  builder.repeat(5);
  builder.result(1, s0);
  builder.end();
  builder.repeat(1);
  builder.result(2, s0);
  builder.end();
  builder.end();
  const ChunkRun done = run(builder, "x");
  EXPECT_EQ(done.outcome.results[0], 3u);
  EXPECT_EQ(done.outcome.results[1], 15u);
  EXPECT_EQ(done.outcome.results[2], 3u);
}

TEST(Interpreter, BranchToTheLoopsEndGoesOnWithTheNextRound) {
  ProgramBuilder builder;
  builder.constant(s0, 1);
  builder.repeat(4);
  const std::size_t branch = builder.branch(s0);
  builder.result(0, s0);
  builder.land(branch);
  builder.end();
  builder.result(1, s0);
  const ChunkRun done = run(builder, "x");
  EXPECT_EQ(done.outcome.results[0], 0u);
  EXPECT_EQ(done.outcome.results[1], 1u);
}

TEST(Interpreter, FuelIsWhatWasExecuted) {
  ProgramBuilder builder;
  builder.constant(s0, 1);                        // 1
  builder.repeat(3);                              // 1
  builder.end();                                  // 3
  EXPECT_EQ(run(builder, "x").outcome.fuel, 6u);  // and halt
}

TEST(Interpreter, EmitGivesOwnOffsetsInTheChunk) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.constant(v1, 3);
  builder.constant(v2, 42);
  builder.less(m0, v0, v1);
  builder.emit(v0, v2, m0);
  builder.halt();
  const auto program = verify(builder.build());
  const std::string chunk(kTileBytes + 10, 'x');
  const ChunkRun all = run_reference(*program, chunk);
  EXPECT_EQ(all.records, (std::vector<Record>{{0, 42},
                                              {1, 42},
                                              {2, 42},
                                              {kTileBytes, 42},
                                              {kTileBytes + 1, 42},
                                              {kTileBytes + 2, 42}}));
  const ChunkRun own = run_reference(*program, chunk, {2, kTileBytes + 1});
  EXPECT_EQ(own.records, (std::vector<Record>{{2, 42}, {kTileBytes, 42}}));
}

TEST(Interpreter, EmitOutsideTheTileFaults) {
  ProgramBuilder builder;
  builder.constant(v0, 3);
  builder.equal(m0, v0, v0);
  builder.emit(v0, v0, m0);
  const ChunkRun done = run(builder, "abc");
  EXPECT_EQ(done.outcome.fault_code, static_cast<u32>(wire::FaultCode::kTileOutOfRange));
  EXPECT_EQ(done.outcome.fault_instruction, 2u);
}

TEST(Interpreter, RecordsAreSortedWhateverTheOrderOfEmits) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.constant(v1, 127);
  builder.vector(VectorOperation::kSub, v2, v1, v0);
  builder.equal(m0, v0, v0);
  builder.emit(v2, v1, m0);
  builder.emit(v0, v0, m0);
  const ChunkRun done = run(builder, std::string(200, 'x'));
  ASSERT_EQ(done.records.size(), 2u * kLanes);
  EXPECT_TRUE(std::is_sorted(done.records.begin(), done.records.end()));
}

TEST(Interpreter, AboveTheCapacityOnlyTheCountIsLeft) {
  ProgramBuilder builder;
  builder.lane(v0);
  builder.equal(m0, v0, v0);
  builder.emit(v0, v0, m0);
  builder.halt();
  const auto program = verify(builder.build());
  const std::string chunk(1000, 'x');
  EXPECT_EQ(run_reference(*program, chunk, {0, 1000}, kLanes).records.size(), kLanes);
  const ChunkRun over = run_reference(*program, chunk, {0, 1000}, kLanes - 1);
  EXPECT_EQ(over.outcome.record_count, kLanes);
  EXPECT_TRUE(over.records.empty());
}

TEST(Interpreter, CountByteCountsOwnBytesOnly) {
  ProgramBuilder builder;
  builder.count_byte(s0, 'a');
  builder.result(0, s0);
  builder.halt();
  const auto program = verify(builder.build());
  std::string chunk(2 * kTileBytes + 700, 'a');
  chunk[kTileBytes] = 'b';
  EXPECT_EQ(run_reference(*program, chunk).outcome.results[0], chunk.size() - 1);
  EXPECT_EQ(run_reference(*program, chunk, {kTileBytes - 3, kTileBytes + 3}).outcome.results[0],
            5u);
  EXPECT_EQ(run_reference(*program, chunk, {513, 1025}).outcome.results[0], 512u);
}

}  // namespace
}  // namespace vyre
