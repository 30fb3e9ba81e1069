#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "backend/cpu/automaton_plan.hpp"
#include "tests/support/random_factors.hpp"

namespace vyre::backend {
namespace {

using kernel::AutomatonView;
using kernel::RecordSink;
using kernel::TileView;
using testing::Factor;
using testing::FactorStyle;
using wire::Record;

/// Runs `scan(tile, sink)` over the tiles of the chunk's own part.
template <class Scan>
std::vector<Record> over_tiles(std::string_view chunk, u32 own_begin, u32 own_end, Scan scan) {
  const auto size = static_cast<u32>(chunk.size());
  std::vector<Record> records(std::size_t{16} * size);
  RecordSink sink{records.data(), 16 * size, 0};
  for (u32 at = own_begin; at < own_end; at += kTileBytes) {
    scan(kernel::make_tile(reinterpret_cast<const u8*>(chunk.data()), size, 0, at, own_end), sink);
  }
  EXPECT_FALSE(sink.overflowed());
  records.resize(sink.count);
  return records;
}

/// A table, and every way to scan with it.
struct Scanner {
  explicit Scanner(const std::vector<Factor>& factors)
      : table(testing::build_automaton(factors)),
        view(kernel::view_automaton(reinterpret_cast<const u8*>(table.data()))),
        walk(view),
        plan(table) {
    for (const FindCandidates find : candidate_finders()) {
      filters.emplace_back(view, find_start_triples(view), find);
    }
  }

  [[nodiscard]] std::vector<Record> reference(std::string_view chunk, u32 begin, u32 end) const {
    return over_tiles(chunk, begin, end, [&](const TileView& tile, RecordSink& sink) {
      u32 counts[kLanes];
      kernel::reference_scan(kernel::HostGroup{}, view, tile, sink, counts);
    });
  }
  [[nodiscard]] std::vector<Record> walked(std::string_view chunk, u32 begin, u32 end) {
    return over_tiles(chunk, begin, end, [&](const TileView& tile, RecordSink& sink) {
      walk.scan(tile, tile.offset, tile.end(), sink, scratch);
    });
  }
  /// Goes on where the filter gives up, so that all of it is filtered.
  [[nodiscard]] std::vector<Record> filtered(const StartFilter& filter, std::string_view chunk,
                                             u32 begin, u32 end) const {
    return over_tiles(chunk, begin, end, [&](const TileView& tile, RecordSink& sink) {
      u32 at = tile.offset;
      while (at < tile.end()) at = filter.scan(tile, at, tile.end(), sink);
    });
  }
  [[nodiscard]] std::vector<Record> planned(std::string_view chunk, u32 begin, u32 end) {
    return over_tiles(chunk, begin, end, [&](const TileView& tile, RecordSink& sink) {
      plan.scan(tile, sink, scratch);
    });
  }

  std::vector<std::byte> table;
  AutomatonView view;
  InterleavedWalk walk;
  AutomatonPlan plan;
  std::vector<StartFilter> filters;
  WalkScratch scratch;
};

void expect_all_equal(Scanner& scanner, const std::vector<Factor>& factors, std::string_view chunk,
                      u32 begin, u32 end) {
  auto expected = scanner.reference(chunk, begin, end);
  EXPECT_EQ(scanner.walked(chunk, begin, end), expected);
  EXPECT_EQ(scanner.planned(chunk, begin, end), expected);
  for (const StartFilter& filter : scanner.filters) {
    EXPECT_EQ(scanner.filtered(filter, chunk, begin, end), expected);
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(expected, testing::naive_matches(factors, chunk, begin, end));
}

class AcceleratedScan : public ::testing::TestWithParam<FactorStyle> {};

TEST_P(AcceleratedScan, IsTheReferenceInOrderAndTheNaiveMatcherInContent) {
  for (unsigned seed = 1; seed <= 10; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto factors = testing::random_factors(random, GetParam());
    Scanner scanner(factors);
    const u32 size =
        seed < 4 ? testing::below(random, 300) : testing::below(random, 3 * kTileBytes);
    const std::string chunk = testing::random_text(random, factors, size, 26, 40);
    u32 begin = testing::below(random, size + 1);
    u32 end = testing::below(random, size + 1);
    if (begin > end) std::swap(begin, end);
    expect_all_equal(scanner, factors, chunk, 0, size);
    expect_all_equal(scanner, factors, chunk, begin, end);
  }
}

INSTANTIATE_TEST_SUITE_P(
    Styles, AcceleratedScan,
    ::testing::Values(FactorStyle{1, 1, 1, 26, 0, 0}, FactorStyle{1, 2, 2, 26, 0, 0},
                      FactorStyle{1, 8, 12, 26, 0, 0}, FactorStyle{3, 1, 4, 26, 5, 3},
                      FactorStyle{10, 3, 9, 26, 8, 4}, FactorStyle{40, 2, 6, 10, 8, 4},
                      FactorStyle{100, 5, 9, 26, 0, 10}, FactorStyle{6, 55, 64, 3, 0, 2}));

TEST(AcceleratedScan, DenseTextIsEqualToo) {
  const std::vector<Factor> factors = {{testing::literal("a"), 0, {}},
                                       {testing::literal("aa"), 1, {}}};
  Scanner scanner(factors);
  const std::string chunk(kTileBytes + 777, 'a');
  expect_all_equal(scanner, factors, chunk, 0, static_cast<u32>(chunk.size()));
}

TEST(AcceleratedScan, EveryOffsetAroundTheEdgesOfAChunkAndItsOwnPart) {
  const std::vector<Factor> factors = {{testing::literal("needle"), 3, {}}};
  Scanner scanner(factors);
  for (u32 size = 1; size < 260; ++size) {
    for (const u32 at : {0u, 1u, size / 2, size - std::min(size, 6u), size - 1}) {
      std::string chunk(size, '.');
      chunk.replace(at, std::min(6u, size - at), "needle", std::min(6u, size - at));
      expect_all_equal(scanner, factors, chunk, 0, size);
      expect_all_equal(scanner, factors, chunk, size / 3, size - size / 3);
    }
  }
}

TEST(AcceleratedScan, AutomatonWhoseStartAccepts) {
  // Every position accepts: the empty factor.
  wire::AutomatonHeader header{
      wire::kAutomatonMagic, 0, 1, 1, 0, 0, 64, 320, 324, 1, 332, 0, 0, {}};
  std::vector<std::byte> table(340);
  header.total_bytes = static_cast<u32>(table.size());
  std::memcpy(table.data(), &header, sizeof header);
  const u32 tail[] = {0, 1, 9, wire::kNoCheck};
  std::memcpy(table.data() + 324, tail, sizeof tail);
  const AutomatonPlan plan(table);
  const std::string chunk(5000, 'x');
  WalkScratch scratch;
  const auto records = over_tiles(chunk, 10, 4000, [&](const TileView& tile, RecordSink& sink) {
    plan.scan(tile, sink, scratch);
  });
  ASSERT_EQ(records.size(), 3990u);
  EXPECT_EQ(records.front(), (Record{10, 9}));
  EXPECT_EQ(records.back(), (Record{3999, 9}));
}

TEST(AcceleratedScan, OneWalkServesManyAccepts) {
  // More accepting states than others: their rows must not run into each other's flag.
  std::vector<Factor> factors;
  for (u32 i = 0; i < 26; ++i)
    factors.push_back({testing::literal(std::string(1, static_cast<char>('a' + i))), i, {}});
  Scanner scanner(factors);
  std::mt19937 random(3);
  const std::string chunk = testing::random_text(random, factors, 9000, 26, 0);
  expect_all_equal(scanner, factors, chunk, 0, 9000);
}

TEST(StartTriples, KeepEveryTripleThatMatters) {
  for (unsigned seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed);
    std::mt19937 random(seed);
    const auto factors = testing::random_factors(random, {30, 1, 6, 20, 4, 0});
    for (std::size_t count : {std::size_t{1}, std::size_t{5}, factors.size()}) {
      std::vector<Factor> some(factors.begin(),
                               factors.begin() + static_cast<std::ptrdiff_t>(count));
      const auto table = testing::build_automaton(some);
      const auto view = kernel::view_automaton(reinterpret_cast<const u8*>(table.data()));
      const StartTriples triples = find_start_triples(view);
      ASSERT_LE(triples.buckets.size(), kTripleBuckets);
      // A factor's own first three bytes always matter.
      for (const Factor& factor : some) {
        if (factor.bytes.size() < 3) continue;
        const auto in_bucket = [&](const TripleBucket& bucket) {
          for (std::size_t i = 0; i < 3; ++i) {
            if (!bucket.sets[i].has(static_cast<u8>(factor.bytes[i]._Find_first()))) return false;
          }
          return true;
        };
        EXPECT_TRUE(std::any_of(triples.buckets.begin(), triples.buckets.end(), in_bucket));
      }
    }
  }
}

TEST(StartTriples, FewLiteralsPassRarely) {
  const auto table = testing::build_automaton({{testing::literal("sherlock"), 0, {}}});
  const auto view = kernel::view_automaton(reinterpret_cast<const u8*>(table.data()));
  EXPECT_LT(find_start_triples(view).pass_rate, 0.001);
}

TEST(CandidateFinders, AgreeWithEachOther) {
  const auto finders = candidate_finders();
  if (finders.size() < 2) GTEST_SKIP() << "this processor runs " << finders.size() << " of them";
  std::mt19937 random(17);
  NibbleTables tables{};
  for (auto& row : tables.low)
    for (u8& byte : row) byte = static_cast<u8>(random());
  for (auto& row : tables.high)
    for (u8& byte : row) byte = static_cast<u8>(random());
  std::string text(64 * 8 + 2, '\0');
  for (char& c : text) c = static_cast<char>(random());
  const auto* bytes = reinterpret_cast<const u8*>(text.data());
  for (const FindCandidates find : finders) {
    u64 found[8];
    find(tables, bytes, 8, found);
    for (u32 at = 0; at < 512; ++at) {
      u8 pass = 0xFF;
      for (u32 i = 0; i < 3; ++i) {
        pass &= tables.low[i][bytes[at + i] & 15] & tables.high[i][bytes[at + i] >> 4];
      }
      EXPECT_EQ(found[at / 64] >> (at % 64) & 1, pass != 0 ? 1u : 0u) << at;
    }
  }
}

}  // namespace
}  // namespace vyre::backend
