#include <gtest/gtest.h>

#include <algorithm>

#include "kernel/automaton.hpp"
#include "tests/support/random_factors.hpp"
#include "tests/support/reference_run.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace {

using testing::Factor;
using testing::FactorStyle;
using testing::Follow;
using testing::literal;
using testing::naive_matches;
using testing::run_reference;
using wire::Record;

VerifiedProgram scanner(const std::vector<Factor>& factors) {
  ProgramBuilder builder;
  builder.automaton(builder.table(testing::build_automaton(factors)));
  builder.halt();
  return *verify(builder.build());
}

TEST(ReferenceScan, ReportsTheLastByteOfEachFactor) {
  const auto program = scanner({{literal("abc"), 7, {}}, {literal("bc"), 8, {}}});
  EXPECT_EQ(run_reference(program, "xabcbc").records,
            (std::vector<Record>{{3, 7}, {3, 8}, {5, 8}}));
}

TEST(ReferenceScan, AFactorMustLieInTheChunkButMayBeginInTheHalo) {
  const auto program = scanner({{literal("abcd"), 1, {}}});
  EXPECT_EQ(run_reference(program, "abcdabcd", {6, 8}).records, (std::vector<Record>{{7, 1}}));
  EXPECT_EQ(run_reference(program, "bcdabcd", {0, 7}).records, (std::vector<Record>{{6, 1}}));
  EXPECT_EQ(run_reference(program, "abcdabcd", {0, 7}).records, (std::vector<Record>{{3, 1}}));
}

TEST(ReferenceScan, ChecksRejectOnlyWhatTheySee) {
  const auto program = scanner({{literal("key="), 1, Follow{literal("123"), 3}}});
  EXPECT_EQ(run_reference(program, "key=123").records.size(), 1u);
  EXPECT_EQ(run_reference(program, "key=124").records.size(), 0u);
  // The end of the chunk accepts, own or not.
  EXPECT_EQ(run_reference(program, "key=12").records.size(), 1u);
  EXPECT_EQ(run_reference(program, "key=").records.size(), 1u);
  EXPECT_EQ(run_reference(program, "key=124", {0, 5}).records.size(), 0u);
}

TEST(ReferenceScan, ChecksAcceptAtTheirLimit) {
  const auto program = scanner({{literal("k"), 1, Follow{literal("abc"), 2}}});
  EXPECT_EQ(run_reference(program, "kabX").records.size(), 1u);
  EXPECT_EQ(run_reference(program, "kaXc").records.size(), 0u);
}

TEST(ReferenceScan, FindsAFactorAtEveryOffsetAroundLanesAndTiles) {
  const std::vector<Factor> factors = {{literal("needle"), 3, {}}};
  const auto program = scanner(factors);
  for (const u32 edge : {kLaneBytes, 2 * kLaneBytes, kTileBytes, kTileBytes + kLaneBytes}) {
    for (u32 begin = edge - 8; begin <= edge + 2; ++begin) {
      std::string chunk(2 * kTileBytes, '.');
      chunk.replace(begin, 6, "needle");
      EXPECT_EQ(run_reference(program, chunk).records, (std::vector<Record>{{begin + 5, 3}}));
    }
  }
}

class RandomFactors : public ::testing::TestWithParam<FactorStyle> {};

TEST_P(RandomFactors, AgreeWithTheNaiveMatcher) {
  for (unsigned seed = 1; seed <= 12; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto factors = testing::random_factors(random, GetParam());
    const u32 size = testing::below(random, 3 * kTileBytes);
    const std::string chunk = testing::random_text(random, factors, size, GetParam().alphabet, 40);
    u32 own_begin = testing::below(random, size + 1);
    u32 own_end = testing::below(random, size + 1);
    if (own_begin > own_end) std::swap(own_begin, own_end);
    const auto run = run_reference(scanner(factors), chunk, {own_begin, own_end}, 1u << 20);
    EXPECT_EQ(run.records, naive_matches(factors, chunk, own_begin, own_end));
  }
}

INSTANTIATE_TEST_SUITE_P(Styles, RandomFactors,
                         ::testing::Values(FactorStyle{1, 1, 1, 26, 0, 0},
                                           FactorStyle{1, 6, 10, 4, 0, 0},
                                           FactorStyle{5, 2, 6, 3, 4, 2},
                                           FactorStyle{12, 3, 12, 8, 6, 3},
                                           FactorStyle{4, 60, 64, 2, 0, 0}));

TEST(SortRecords, SortsWhatStdSortSorts) {
  const unsigned seed = 5;
  std::mt19937 random(seed);
  for (u32 size = 0; size < 200; ++size) {
    std::vector<Record> records(size);
    for (Record& record : records) record = {testing::below(random, 20), testing::below(random, 5)};
    auto expected = records;
    std::sort(expected.begin(), expected.end());
    kernel::sort_records(records.data(), size);
    EXPECT_EQ(records, expected) << "seed " << seed << " size " << size;
  }
}

TEST(RecordSink, CountsOnAboveItsCapacityAndTheOutcomeSaturates) {
  kernel::RecordSink sink{nullptr, 0, 0xFFFFFFFE};
  sink.push(1, 2);
  sink.push(1, 2);
  EXPECT_EQ(sink.count, u64{1} << 32);
  EXPECT_TRUE(sink.overflowed());
  EXPECT_EQ(kernel::outcome_count(sink.count), 0xFFFFFFFFu);
  EXPECT_EQ(kernel::outcome_count(7), 7u);
}

}  // namespace
}  // namespace vyre
