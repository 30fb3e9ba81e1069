#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/cuda/device_machine.hpp"
#include "tests/cuda/device_sort.hpp"
#include "tests/support/random_factors.hpp"

namespace vyre::testing {
namespace {

using Records = std::vector<wire::Record>;

class BlockSort : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const std::string missing = DeviceMachine::missing(); !missing.empty()) {
      GTEST_SKIP() << missing;
    }
  }
};

/// `kinds` offsets and as many values: few make equal records.
Records random_records(std::mt19937& random, std::size_t count, u32 kinds) {
  Records records(count);
  for (auto& record : records) record = {below(random, kinds), below(random, kinds)};
  return records;
}

void expect_sorted(std::vector<Records> lists) {
  std::vector<Records> expected = lists;
  for (Records& list : expected) std::sort(list.begin(), list.end());
  sort_on_device(lists);
  for (std::size_t i = 0; i < lists.size(); ++i) {
    ASSERT_EQ(lists[i], expected[i]) << "list " << i << " of " << lists[i].size() << " records";
  }
}

TEST_F(BlockSort, SortsWhatStdSortSorts) {
  constexpr unsigned kSeed = 11;
  SCOPED_TRACE(fmt::format("seed {}", kSeed));
  std::mt19937 random(kSeed);
  for (const u32 kinds : {1u, 3u, 50u, 0x7FFFFFFFu}) {
    std::vector<Records> lists;
    for (std::size_t count = 0; count <= 1100; ++count) {
      lists.push_back(random_records(random, count, kinds));
    }
    for (std::size_t count = 1100; count <= 5000; count += 37) {
      lists.push_back(random_records(random, count, kinds));
    }
    for (const std::size_t edge : {2048, 4096, 8192}) {
      for (const std::size_t count : {edge - 1, edge, edge + 1}) {
        lists.push_back(random_records(random, count, kinds));
      }
    }
    lists.push_back(random_records(random, 100'000, kinds));
    expect_sorted(std::move(lists));
  }
}

TEST_F(BlockSort, LeavesWhatIsSortedAndTurnsWhatIsReversed) {
  std::vector<Records> lists;
  for (const std::size_t count : {2, 511, 512, 513, 5000}) {
    Records ascending(count);
    for (u32 i = 0; i < count; ++i) ascending[i] = {i / 2, 0xFFFFFFFF - i % 2};
    std::sort(ascending.begin(), ascending.end());
    Records last_first = ascending;
    std::rotate(last_first.begin(), last_first.end() - 1, last_first.end());
    lists.push_back(ascending);
    lists.push_back(last_first);
    lists.emplace_back(ascending.rbegin(), ascending.rend());
  }
  expect_sorted(std::move(lists));
}

TEST_F(BlockSort, ComparesOffsetsAndValuesWithoutSigns) {
  expect_sorted({{{0xFFFFFFFF, 0}, {0, 0xFFFFFFFF}, {0x80000000, 1}, {0x7FFFFFFF, 2}},
                 {{7, 0xFFFFFFFF}, {7, 0}, {7, 0x80000000}, {7, 0x7FFFFFFF}}});
}

}  // namespace
}  // namespace vyre::testing
