#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <random>

#include "tests/kernel/hand_program.hpp"
#include "vir0/crc32c.hpp"

namespace vyre {
namespace {

using testing::ChunkRun;
using testing::fault_of;
using testing::FileRun;
using testing::HandProgram;
using testing::lanes_of;
using vir0::Op;
using wire::FaultCode;

std::string random_bytes(std::mt19937& random, std::size_t size, u32 alphabet) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() % alphabet);
  return bytes;
}

constexpr std::size_t kSizes[] = {0,
                                  1,
                                  31,
                                  32,
                                  100,
                                  kLaneBytes,
                                  513,
                                  kTileBytes - 1,
                                  kTileBytes,
                                  kTileBytes + 1,
                                  3 * kTileBytes + 700};

TEST(CountByte, CountsTheTilesOwnBytes) {
  std::mt19937 random(1);
  for (const std::size_t size : kSizes) {
    const std::string file = random_bytes(random, size, 5);
    for (const u32 wanted : {0u, 4u, 255u}) {
      HandProgram hand;
      hand.results(1);
      hand.add(Op::kCountByte, 0, 0, 0, wanted);
      hand.result(0, 0);
      const u64 expected =
          static_cast<u64>(std::count(file.begin(), file.end(), static_cast<char>(wanted)));
      EXPECT_EQ(hand.run_file(file, kTileBytes).results[0], expected);
      EXPECT_EQ(hand.run_file(file, 4 * kTileBytes).results[0], expected);
    }
  }
}

TEST(Histogram, AddsToItsBlockOfWords) {
  std::mt19937 random(2);
  for (const std::size_t size : kSizes) {
    const std::string file = random_bytes(random, size, 256);
    std::vector<u64> expected(260);
    for (const char c : file) ++expected[3 + static_cast<u8>(c)];
    expected[0] = 2 * (size == 0 ? 1 : (size + kTileBytes - 1) / kTileBytes);
    HandProgram hand;
    hand.results(260);
    hand.add(Op::kHistogram, 0, 0, 0, 3);
    hand.scalar(0, 2);
    hand.result(0, 0);
    EXPECT_EQ(hand.run_file(file, kTileBytes).results, expected) << size;
    EXPECT_EQ(hand.run_file(file, 4 * kTileBytes).results, expected) << size;
  }
}

TEST(ClassBitmap, HasABitPerByteOfTheTile) {
  std::mt19937 random(3);
  const std::string set = random_bytes(random, vir0::kSetBytes, 256);
  const auto member = [&](char c) {
    const u32 byte = static_cast<u8>(c);
    return (static_cast<u8>(set[byte / 8]) >> (byte % 8) & 1) != 0;
  };
  for (const std::size_t size : {std::size_t{128}, std::size_t{5000}, std::size_t{kTileBytes}}) {
    const std::string chunk = random_bytes(random, size + 4096, 256);
    const u64 starts[] = {0, 1, 100, size - 1, size, size + 1, ~u64{0}, ~u64{0} - 4000, size - 40};
    for (const u64 start : starts) {
      HandProgram hand;
      hand.scalar(1, start);
      hand.add(Op::kClassBitmap, 2, 1, 0, hand.table(set));
      hand.emit_vector(2);
      const auto got = lanes_of(hand.run_part(chunk, {0, static_cast<u32>(size)}));
      for (u64 i = 0; i < u64{kLanes} * 32; ++i) {
        const bool inside = start < size && i < size - start;
        ASSERT_EQ(got[i / 32] >> (i % 32) & 1, inside && member(chunk[start + i]) ? 1u : 0u)
            << "size " << size << " start " << start << " bit " << i;
      }
    }
  }
}

std::vector<u64> occurrences(const std::string& file, const std::string& literal) {
  std::vector<u64> found;
  for (std::size_t at = file.find(literal); at != std::string::npos;
       at = file.find(literal, at + 1)) {
    found.push_back(at);
  }
  return found;
}

TEST(Find, EveryOccurrenceOnceWhereverItLies) {
  std::mt19937 random(4);
  for (const std::size_t length : {1u, 2u, 3u, 5u, 40u, 255u, 256u}) {
    const std::string literal = random_bytes(random, length, 2);
    std::string file = random_bytes(random, 2 * kTileBytes + 3000, 2);
    for (const std::size_t edge :
         {kTileBytes - 256, kTileBytes - 1, kTileBytes, 2 * kTileBytes - 3}) {
      file.replace(edge, length, literal);
    }
    file.replace(file.size() - length, length, literal);
    const auto expected = occurrences(file, literal);
    HandProgram hand;
    const u32 table = hand.table(literal);
    hand.results(1);
    hand.add(Op::kFindCount, 0, 0, 0, table);
    hand.result(0, 0);
    hand.scalar(1, (u64{3} << 32) | 77);
    hand.add(Op::kFindEmit, 0, 1, 0, table);
    for (const u32 tiles : {1u, 2u, 3u}) {
      const FileRun run = hand.run_file(file, tiles * kTileBytes);
      EXPECT_EQ(run.results[0], expected.size()) << "length " << length;
      ASSERT_EQ(run.records.size(), expected.size()) << "length " << length;
      for (std::size_t i = 0; i < expected.size(); ++i) {
        ASSERT_EQ(run.records[i], (testing::FileRecord{expected[i], 77}));
      }
    }
  }
}

TEST(Find, AnOccurrenceThatTheFileCutsIsNone) {
  HandProgram hand;
  hand.results(1);
  hand.add(Op::kFindCount, 0, 0, 0, hand.table(std::string("needle")));
  hand.result(0, 0);
  EXPECT_EQ(hand.run("needl").outcome.results[0], 0u);
  EXPECT_EQ(hand.run("needle").outcome.results[0], 1u);
  EXPECT_EQ(hand.run("").outcome.results[0], 0u);
}

TEST(Find, ObeysTheBudget) {
  for (const u32 budget : {4u, 5u}) {
    HandProgram hand;
    hand.program.emit_budget = budget;
    hand.scalar(1, 0);
    const u32 find = hand.add(Op::kFindEmit, 0, 1, 0, hand.table(std::string("aa")));
    const ChunkRun run = hand.run("aaaaaa");
    EXPECT_EQ(fault_of(run), budget == 4 ? FaultCode::kEmitBudgetExhausted : FaultCode::kNone);
    if (budget == 4) {
      EXPECT_EQ(run.outcome.fault_instruction, find);
    }
  }
}

/// The file's CRC-32C through the instruction, with chunks of `tiles` tiles.
u64 crc_by_program(const std::string& file, u32 tiles) {
  HandProgram hand;
  hand.results(1, Combine::kCrc32c);
  hand.add(Op::kCrc32c, 0);
  hand.result(0, 0);
  return hand.run_file(file, tiles * kTileBytes).results[0];
}

TEST(Crc32c, KnownAnswers) {
  // RFC 3720 appendix B.4, and the usual check value.
  EXPECT_EQ(crc_by_program("", 1), 0u);
  EXPECT_EQ(crc_by_program("123456789", 1), 0xE3069283u);
  EXPECT_EQ(crc_by_program(std::string(32, '\0'), 1), 0x8A9136AAu);
  EXPECT_EQ(crc_by_program(std::string(32, '\xFF'), 1), 0x62A8AB43u);
}

TEST(Crc32c, IsTheFilesHoweverItIsCut) {
  std::mt19937 random(5);
  for (const std::size_t size : kSizes) {
    const std::string file = random_bytes(random, size, 256);
    const u32 expected = vir0::crc32c(std::as_bytes(std::span(file)));
    for (const u32 tiles : {1u, 2u, 4u}) EXPECT_EQ(crc_by_program(file, tiles), expected) << size;
  }
}

u64 xxh64_by_program(const std::string& file, u32 tiles) {
  HandProgram hand;
  hand.program.carry_words = 6;
  hand.results(1, Combine::kXor);
  // What the words hold before the file's first tile does not matter.
  hand.scalar(1, 12345);
  hand.add(Op::kScalarInput, 2, 0, 0, 0);
  const u32 skip = hand.add(Op::kBranch, 0, 2);
  const u32 store = hand.add(Op::kCarryStore, 0, 1, 0, 2);
  hand.program.code[skip] = vir0::pack({Op::kBranch, 0, 2, 0, store + 1});
  hand.add(Op::kXxh64, 0, 0, 0, 2);
  hand.result(0, 0);
  const FileRun run = hand.run_file(file, tiles * kTileBytes);
  EXPECT_EQ(run.carry[1], 0u);
  return run.results[0];
}

TEST(Xxh64, IsTheLibrarysHoweverAFileIsCut) {
  std::mt19937 random(6);
  std::vector<std::size_t> sizes(std::begin(kSizes), std::end(kSizes));
  for (std::size_t size = 0; size < 100; ++size) sizes.push_back(size);
  for (const std::size_t size : sizes) {
    const std::string file = random_bytes(random, size, 256);
    const u64 expected = XXH64(file.data(), file.size(), 0);
    for (const u32 tiles : {1u, 2u, 4u}) EXPECT_EQ(xxh64_by_program(file, tiles), expected) << size;
  }
}

}  // namespace
}  // namespace vyre
