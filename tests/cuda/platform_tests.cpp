#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/cuda/device_machine.hpp"
#include "tests/kernel/hand_program.hpp"
#include "tests/support/random_factors.hpp"
#include "vyre/program_builder.hpp"

// Every macro-instruction of the CUDA backend against the portable one on the host, over chunks of
// all lengths and alignments.
namespace vyre::testing {
namespace {

using vir0::Op;

/// What a run is given.
struct Given {
  std::string chunk;
  OwnPart own;
  ChunkOptions options;
};

class Platform : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = DeviceMachine::missing(); !missing.empty()) {
      GTEST_SKIP() << missing;
    }
    machine_ = std::make_unique<DeviceMachine>(DeviceRoutines::kCuda);
  }

  /// Runs the program over all that is given at once, each at every alignment in turn.
  void expect_as_on_host(const Program& program, const std::vector<Given>& all) {
    const ProgramImage image(program);
    std::vector<DeviceChunk> work;
    for (const Given& given : all) {
      work.push_back({given.chunk, given.own, given.options, shift_++ % 64});
    }
    const std::vector<ChunkRun> runs = machine_->run(image, work, {});
    for (std::size_t i = 0; i < all.size(); ++i) {
      const Given& given = all[i];
      SCOPED_TRACE(fmt::format("chunk {}: {} bytes, own {}..{}, file offset {}, shift {}", i,
                               given.chunk.size(), given.own.begin, given.own.end,
                               given.options.file_offset, work[i].shift));
      const ChunkRun host = run_chunk(image, given.chunk, given.own, given.options);
      ASSERT_EQ(runs[i].outcome.fault_code, host.outcome.fault_code);
      if (host.outcome.fault_code != 0) continue;
      ASSERT_EQ(runs[i].outcome.record_count, host.outcome.record_count);
      ASSERT_EQ(runs[i].records, host.records);
      for (u32 word = 0; word < host.outcome.result_count; ++word) {
        ASSERT_EQ(runs[i].outcome.results[word], host.outcome.results[word]) << "word " << word;
      }
      for (u32 word = 0; word < wire::kOutcomeCarryWords; ++word) {
        ASSERT_EQ(runs[i].outcome.carry[word], host.outcome.carry[word]) << "carry " << word;
      }
    }
  }

  std::unique_ptr<DeviceMachine> machine_;
  u32 shift_ = 0;
};

/// A length at which something begins or ends, or any.
u32 random_length(std::mt19937& random) {
  constexpr u32 kEdges[] = {0, 1, 16, 32, 512, 2048, 4096, 8192, 32768, kTileBytes};
  switch (below(random, 4)) {
    case 0:
      return below(random, 100);
    case 1: {
      const u32 edge = kEdges[below(random, std::size(kEdges))];
      const u32 length = edge + below(random, 5);
      return length < 2 ? 0 : length - 2;
    }
    default:
      return below(random, kTileBytes + 1);
  }
}

/// Random letters: of `alphabet` many, in runs of one byte each up to `run` long.
std::string random_letters(std::mt19937& random, std::size_t size, u32 alphabet, u32 run) {
  std::string text;
  while (text.size() < size) {
    text.append(1 + below(random, run), static_cast<char>('a' + below(random, alphabet)));
  }
  text.resize(size);
  return text;
}

/// A part of up to two tiles with what lies around it, and a place in a file.
Given random_given(std::mt19937& random) {
  constexpr u32 kAlphabets[] = {1, 2, 26, 256};
  constexpr u32 kRuns[] = {1, 1, 40, 3000};
  const u32 before = below(random, 3) == 0 ? 0 : below(random, kHaloBytes + 100);
  const u32 after = below(random, 3) == 0 ? 0 : below(random, kHaloBytes + 100);
  const u32 length = random_length(random) + (below(random, 8) == 0 ? kTileBytes : 0);
  Given given;
  given.chunk = random_letters(random, before + length + after, kAlphabets[below(random, 4)],
                               kRuns[below(random, 4)]);
  given.own = {before, before + length};
  given.options.file_offset = below(random, 2) == 0 ? 0 : static_cast<u64>(random()) * random();
  given.options.output_capacity = 0;
  for (u64& word : given.options.carry) word = static_cast<u64>(random()) * random();
  return given;
}

class PlatformSeeds : public Platform, public ::testing::WithParamInterface<unsigned> {
 protected:
  void SetUp() override {
    Platform::SetUp();
    random_.seed(GetParam());
  }
  std::vector<Given> random_work(u32 count) {
    std::vector<Given> all;
    for (u32 i = 0; i < count; ++i) all.push_back(random_given(random_));
    return all;
  }
  /// Bytes that occur in what is given, where it is long enough.
  std::string random_literal(const Given& given, u32 length) {
    std::string literal = random_letters(random_, length, 2, 3);
    if (given.chunk.size() >= length) {
      const std::size_t places = given.chunk.size() - length + 1;
      literal = given.chunk.substr(below(random_, static_cast<u32>(places)), length);
    }
    return literal;
  }

  std::mt19937 random_;
};

TEST_P(PlatformSeeds, Checksums) {
  HandProgram hand;
  hand.program.carry_words = 6;
  hand.results(2, Combine::kXor);
  hand.add(Op::kCrc32c, 0);
  hand.result(0, 0);
  hand.add(Op::kXxh64, 0, 0, 0, 1);
  hand.result(1, 0);
  hand.add(Op::kHalt);
  expect_as_on_host(hand.program, random_work(300));
}

TEST_P(PlatformSeeds, Counts) {
  HandProgram hand;
  hand.results(vir0::kHistogramWords + 1);
  hand.add(Op::kHistogram, 0, 0, 0, 0);
  hand.add(Op::kCountByte, 0, 0, 0, 'a' + below(random_, 2));
  hand.result(vir0::kHistogramWords, 0);
  hand.add(Op::kHalt);
  expect_as_on_host(hand.program, random_work(300));
}

TEST_P(PlatformSeeds, ClassBitmaps) {
  std::string set(vir0::kSetBytes, '\0');
  for (char& byte : set) byte = static_cast<char>(random_());
  LaneValues factors;
  for (u32& factor : factors) factor = static_cast<u32>(random_()) | 1;
  for (const u64 start : {u64{0}, u64{1}, u64{below(random_, kTileBytes)}, u64{4096}, u64{61440},
                          u64{kTileBytes - 40}, ~u64{0} - 100}) {
    HandProgram hand;
    hand.results(1);
    hand.scalar(1, start);
    hand.vector(3, factors);
    hand.add(Op::kClassBitmap, 2, 1, 0, hand.table(set));
    hand.emit_vector(2);
    hand.add(Op::kVectorMul, 2, 2, 3);
    hand.add(Op::kVectorReduceAdd, 0, 2);
    hand.result(0, 0);
    hand.add(Op::kHalt);
    expect_as_on_host(hand.program, random_work(60));
  }
}

TEST_P(PlatformSeeds, Literals) {
  for (const u32 length : {1u, 2u, 3u, 4u, 5u, 17u, 255u, 256u}) {
    const std::vector<Given> all = random_work(40);
    HandProgram hand;
    const u32 table = hand.table(random_literal(all[0], length));
    hand.results(1);
    hand.add(Op::kFindCount, 0, 0, 0, table);
    hand.result(0, 0);
    hand.scalar(1, 77);
    hand.add(Op::kFindEmit, 0, 1, 0, table);
    hand.add(Op::kHalt);
    expect_as_on_host(hand.program, all);
  }
}

Program scanner(const std::vector<Factor>& factors) {
  ProgramBuilder builder;
  builder.automaton(builder.table(build_automaton(factors)));
  builder.halt();
  return builder.build();
}

TEST_P(PlatformSeeds, Automata) {
  constexpr FactorStyle kStyles[] = {
      {1, 1, 1, 26, 0, 0},  {1, 6, 10, 4, 0, 0},  {5, 2, 6, 3, 4, 2},    {12, 3, 12, 8, 6, 3},
      {4, 60, 64, 2, 0, 0}, {1, 17, 18, 2, 0, 0}, {200, 4, 16, 20, 0, 5}};
  for (const FactorStyle& style : kStyles) {
    const auto factors = random_factors(random_, style);
    std::vector<Given> all = random_work(30);
    for (Given& given : all) {
      const u32 planted = below(random_, 3) * 40;
      given.chunk = random_text(random_, factors, given.chunk.size(), style.alphabet, planted);
    }
    expect_as_on_host(scanner(factors), all);
  }
}

/// A factor whose check rejects `distance` bytes after it, where the byte there is not an 'x'.
Factor rejected_at(u32 value, u32 distance, u32 limit) {
  ByteString follow(distance, ByteSet{}.set());
  follow.push_back(literal("x").front());
  return {literal("k"), value, Follow{follow, limit}};
}

TEST_P(PlatformSeeds, ChecksRejectAtAnyDistance) {
  const auto factors = {rejected_at(1, 0, 2048), rejected_at(2, 5, 64), rejected_at(3, 100, 100),
                        rejected_at(4, 700, 2048)};
  std::vector<Given> all = random_work(30);
  for (Given& given : all) {
    const u32 every = 2 + below(random_, 300);
    for (char& byte : given.chunk) {
      byte = below(random_, every) == 0 ? 'k' : below(random_, 2) == 0 ? 'x' : 'y';
    }
  }
  expect_as_on_host(scanner(factors), all);
}

INSTANTIATE_TEST_SUITE_P(Seeds, PlatformSeeds, ::testing::Range(1u, 5u));

TEST_F(Platform, ReportsEveryByteOfATile) {
  const auto factors = {Factor{literal("a"), 1, {}}, Factor{literal("aa"), 2, {}},
                        Factor{literal("a"), 3, Follow{literal("a"), 1}}};
  std::vector<Given> all;
  for (const u32 size : {1u, 15u, 100u, 5000u, kTileBytes}) {
    Given given{std::string(size, 'a'), {0, size}, {}};
    given.options.record_capacity = 4 * kTileBytes;
    all.push_back(std::move(given));
  }
  expect_as_on_host(scanner(factors), all);
}

TEST_F(Platform, CountsOnWhereRecordsDoNotFit) {
  std::vector<Given> all;
  for (const u32 capacity : {0u, 1u, 3u, 999u, 1000u, 1001u}) {
    Given given{std::string(1000, 'a'), {0, 1000}, {}};
    given.options.record_capacity = capacity;
    all.push_back(std::move(given));
  }
  expect_as_on_host(scanner({{literal("a"), 1, {}}}), all);
  HandProgram hand;
  hand.scalar(1, 5);
  hand.add(Op::kFindEmit, 0, 1, 0, hand.table(std::string("a")));
  hand.add(Op::kHalt);
  expect_as_on_host(hand.program, all);
}

TEST_F(Platform, ObeysTheBudget) {
  for (const u32 budget : {999u, 1000u}) {
    Program program = scanner({{literal("a"), 1, {}}});
    program.emit_budget = budget;
    expect_as_on_host(program, {{std::string(1000, 'a'), {0, 1000}, {}}});
  }
}

}  // namespace
}  // namespace vyre::testing
