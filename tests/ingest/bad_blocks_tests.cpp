#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <random>

#include "ingest/bad_blocks.hpp"

namespace vyre::ingest {
namespace {

const BadBlockReason kUnread{nvme::DeviceStatus(0x281), EIO};
const BadBlockReason kGuard{nvme::DeviceStatus(0x282), EIO};
constexpr u64 kAll = ~u64{0};

TEST(BadBlocks, FormsTheSameRunsInWhateverOrderTheyCome) {
  std::random_device seed_source;
  const u64 seed = seed_source();
  SCOPED_TRACE(seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 200; ++round) {
    std::map<u64, bool> blocks;
    BadBlocks bad;
    for (u64 i = 0; i < 60; ++i) {
      const u64 block = random() % 80;
      const bool guard = block % 10 < 4;
      blocks.emplace(block, guard);
      bad.add(block, guard ? kGuard : kUnread);
    }
    std::vector<std::string> expected;
    for (auto each = blocks.begin(); each != blocks.end();) {
      auto end = std::next(each);
      u64 last = each->first;
      while (end != blocks.end() && end->first == last + 1 && end->second == each->second) {
        last = end++->first;
      }
      std::string text = "reading LBA " + std::to_string(each->first);
      if (last != each->first) text += " to " + std::to_string(last);
      expected.push_back(text + (each->second ? ": the device says: End-to-end Guard"
                                              : ": the device says: Unrecovered"));
      each = end;
    }
    const auto errors = bad.errors(kAll);
    ASSERT_EQ(errors.size(), expected.size());
    for (std::size_t i = 0; i < errors.size(); ++i) {
      EXPECT_EQ(errors[i].what.compare(0, expected[i].size(), expected[i]), 0)
          << errors[i].what << " | " << expected[i];
    }
    EXPECT_EQ(bad.count(), blocks.size());
  }
}

TEST(BadBlocks, SpeaksOfTheBlockLayersErrnoAndOfWhatLiesBeforeTheEnd) {
  BadBlocks bad;
  bad.add(5, {{}, ENODATA});
  bad.add(9, {{}, EIO});
  const auto before = bad.errors(9);
  ASSERT_EQ(before.size(), 1u);
  EXPECT_EQ(before[0].detail, ENODATA);
  EXPECT_EQ(bad.errors(10).size(), 2u);
  EXPECT_TRUE(BadBlocks().errors(kAll).empty());
}

TEST(BadBlocks, KeepsABoundedNumberOfRuns) {
  BadBlocks bad;
  for (u64 i = 0; i < BadBlocks::kMostRuns + 500; ++i) bad.add(i * 2, kUnread);
  EXPECT_EQ(bad.count(), BadBlocks::kMostRuns + 500);
  const auto errors = bad.errors(kAll);
  ASSERT_EQ(errors.size(), BadBlocks::kMostRuns + 1);
  EXPECT_NE(errors.back().what.find("500 further blocks"), std::string::npos);
}

}  // namespace
}  // namespace vyre::ingest
