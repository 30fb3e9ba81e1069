#include <gtest/gtest.h>

#include <random>

#include "tests/kernel/hand_program.hpp"

namespace vyre {
namespace {

using testing::ChunkRun;
using testing::fault_of;
using testing::filled;
using testing::HandProgram;
using testing::lanes_of;
using testing::LaneValues;
using vir0::Op;
using wire::FaultCode;

/// 20000 bytes, of which a chunk of 2000 + own + after shows a part.
std::string noise(std::size_t size) {
  std::mt19937 random(11);
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random());
  return bytes;
}

/// `width` bytes from `at`, little-endian; 0 outside the string.
u32 bytes_at(std::string_view bytes, std::int64_t at, u32 width) {
  u32 value = 0;
  for (u32 i = 0; i < width; ++i) {
    const std::int64_t place = at + i;
    if (place < 0 || place >= static_cast<std::int64_t>(bytes.size())) continue;
    value |= static_cast<u32>(static_cast<u8>(bytes[static_cast<std::size_t>(place)])) << (8 * i);
  }
  return value;
}

struct Width {
  Op load;
  Op block;
  Op table;
  u32 bytes;
};
const Width kWidths[] = {{Op::kLoadU8, Op::kBlockU8, Op::kTableU8, 1},
                         {Op::kLoadU16, Op::kBlockU16, Op::kTableU16, 2},
                         {Op::kLoadU32, Op::kBlockU32, Op::kTableU32, 4}};

/// A tile of 300 bytes with `before` and `after` bytes around it.
struct Geometry {
  u32 before;
  u32 after;
};
const Geometry kGeometries[] = {{0, 0}, {0, 5}, {7, 0}, {4096, 4096}, {5000, 6000}};
constexpr u32 kOwn = 300;

u32 seen(u32 bytes) { return std::min(bytes, kHaloBytes); }

ChunkRun run_in(HandProgram& hand, const std::string& chunk, Geometry shape) {
  return hand.run_part(chunk, {shape.before, shape.before + kOwn});
}

TEST(Loads, TheFirstAndLastReadableOffsetLoadAndTheOnesBeyondFault) {
  for (const Width& width : kWidths) {
    for (const Geometry shape : kGeometries) {
      const std::string chunk = noise(shape.before + kOwn + shape.after);
      const std::int64_t first = -static_cast<std::int64_t>(seen(shape.before));
      const std::int64_t last = std::int64_t{kOwn} + seen(shape.after) - width.bytes;
      const std::pair<std::int64_t, bool> rows[] = {
          {first, true},     {last, true},         {0, true},           {first - 1, false},
          {last + 1, false}, {last + 4096, false}, {0x7FFFFFFF, false}, {-0x80000000L, false}};
      for (const u32 lane : {0u, 77u, 127u}) {
        for (const auto& [offset, readable] : rows) {
          SCOPED_TRACE(::testing::Message()
                       << "width " << width.bytes << " before " << shape.before << " after "
                       << shape.after << " offset " << offset << " lane " << lane);
          HandProgram hand;
          LaneValues offsets{};
          offsets[lane] = static_cast<u32>(offset);
          hand.vector(1, offsets);
          const u32 load = hand.add(width.load, 1, 1, HandProgram::kAllMask);
          hand.emit_vector(1);
          const ChunkRun run = run_in(hand, chunk, shape);
          if (!readable) {
            EXPECT_EQ(fault_of(run), FaultCode::kTileOutOfRange);
            EXPECT_EQ(run.outcome.fault_instruction, load);
            continue;
          }
          ASSERT_EQ(fault_of(run), FaultCode::kNone);
          ASSERT_EQ(run.records.size(), kLanes);
          EXPECT_EQ(run.records[lane].value, bytes_at(chunk, offset + shape.before, width.bytes));
        }
      }
    }
  }
}

TEST(Loads, MaskedOffLanesAreZeroAndNeverFault) {
  for (const Width& width : kWidths) {
    for (const bool proven : {false, true}) {
      HandProgram hand;
      LaneValues offsets = filled(0x7FFFFFFF);
      offsets[5] = 3;
      LaneValues only{};
      only[5] = 1;
      hand.mask(2, only);
      hand.vector(1, offsets);
      const u32 load = hand.add(width.load, 1, 1, 2);
      hand.proven.resize(load + 1);
      hand.proven[load] = proven;
      hand.emit_vector(1);
      const std::string chunk = noise(kOwn);
      LaneValues expected{};
      expected[5] = bytes_at(chunk, 3, width.bytes);
      EXPECT_EQ(lanes_of(hand.run(chunk)), expected);
    }
  }
}

TEST(Loads, AnEmptyTileHasNothingToLoad) {
  for (const Width& width : kWidths) {
    for (const u32 flag : {0u, 1u}) {
      HandProgram hand;
      hand.add(Op::kVectorConst, 1);
      hand.add(Op::kMaskConst, 2, 0, 0, flag);
      hand.add(width.load, 1, 1, 2);
      hand.add(Op::kVectorReduceOr, 1, 1);
      hand.results(1);
      hand.result(0, 1);
      const ChunkRun run = hand.run(std::string_view());
      EXPECT_EQ(fault_of(run), flag != 0 ? FaultCode::kTileOutOfRange : FaultCode::kNone);
      EXPECT_EQ(run.outcome.results[0], 0u);
    }
  }
}

TEST(Loads, AFaultNamesTheTile) {
  HandProgram hand;
  hand.add(Op::kVectorConst, 1, 0, 0, kTileBytes - 1);
  hand.add(Op::kMaskConst, 2, 0, 0, 1);
  hand.add(Op::kLoadU8, 1, 1, 2);
  const ChunkRun run = hand.run(noise(2 * kTileBytes + 10));
  EXPECT_EQ(fault_of(run), FaultCode::kTileOutOfRange);
  EXPECT_EQ(run.outcome.fault_tile, 2u);
  EXPECT_EQ(run.outcome.tiles, 3u);
  EXPECT_EQ(run.outcome.fault_instruction, 2u);
}

TEST(Blocks, ReadInBoundsAndZeroElsewhere) {
  for (const Width& width : kWidths) {
    for (const Geometry shape : kGeometries) {
      const std::string chunk = noise(shape.before + kOwn + shape.after);
      const std::int64_t first = -static_cast<std::int64_t>(seen(shape.before));
      const std::int64_t end = std::int64_t{kOwn} + seen(shape.after);
      const std::string_view readable = std::string_view(chunk).substr(
          shape.before - seen(shape.before), static_cast<std::size_t>(end - first));
      const std::int64_t block = std::int64_t{width.bytes} * kLanes;
      const std::int64_t starts[] = {
          0,       first, first - 1, first - 3, first - block, end - block,     end - block + 1,
          end - 1, end,   INT64_MAX, INT64_MIN, -2 * block,    INT64_MAX - 100, INT64_MIN + 100,
          -1};
      for (const std::int64_t start : starts) {
        HandProgram hand;
        hand.scalar(1, static_cast<u64>(start));
        hand.add(width.block, 1, 1);
        hand.emit_vector(1);
        const LaneValues got = lanes_of(run_in(hand, chunk, shape));
        for (u32 lane = 0; lane < kLanes; ++lane) {
          const bool far = start < -100000 || start > 100000;
          const std::int64_t at = far ? -8 : start - first + lane * std::int64_t{width.bytes};
          const u32 expected = bytes_at(readable, at, width.bytes);
          ASSERT_EQ(got[lane], expected)
              << "width " << width.bytes << " before " << shape.before << " after " << shape.after
              << " start " << start << " lane " << lane;
        }
      }
    }
  }
}

TEST(Tables, ElementsInsideAndTheFirstBeyondFaults) {
  for (const Width& width : kWidths) {
    const std::string bytes = noise(10 * width.bytes);
    const std::pair<u32, bool> rows[] = {
        {0, true}, {9, true}, {10, false}, {0xFFFFFFFF, false}, {0x40000000, false}};
    for (const auto& [index, inside] : rows) {
      for (const u32 lane : {0u, 127u}) {
        HandProgram hand;
        LaneValues at{};
        at[lane] = index;
        hand.vector(1, at);
        const u32 load = hand.add(width.table, 1, 1, HandProgram::kAllMask, hand.table(bytes));
        hand.emit_vector(1);
        const ChunkRun run = hand.run(testing::lane_bytes());
        EXPECT_EQ(fault_of(run), inside ? FaultCode::kNone : FaultCode::kTableOutOfRange);
        if (!inside) {
          EXPECT_EQ(run.outcome.fault_instruction, load);
          continue;
        }
        EXPECT_EQ(lanes_of(run)[lane], bytes_at(bytes, index * width.bytes, width.bytes));
      }
    }
  }
}

TEST(Tables, MaskedOffLanesNeverFaultEvenInAnEmptyTable) {
  for (const Width& width : kWidths) {
    HandProgram hand;
    hand.lanes();
    hand.add(Op::kMaskConst, 2);
    hand.add(width.table, 1, HandProgram::kLaneVector, 2, hand.table(std::string()));
    hand.emit_vector(1);
    EXPECT_EQ(lanes_of(hand.run(testing::lane_bytes())), filled(0));
  }
}

}  // namespace
}  // namespace vyre
