#include <gtest/gtest.h>

#include <set>

#include "ingest/chunk_plan.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"

// When a driver asks for more files: not while what it has would fill its slots.
namespace vyre::ingest {
namespace {

using test::DriverHarness;
using test::HarnessOptions;
using test::kSmallSlot;
using test::noise;
using test::TemporaryTree;

constexpr u32 kSlots = 3;
constexpr u64 kRoom = u64{kSlots} * kSmallSlot;
constexpr u64 kHuge = u64{1} << 40;

struct Row {
  const char* name;
  /// As the feed tells them.
  std::vector<u64> sizes;
  bool wants;
};

void PrintTo(const Row& row, std::ostream* out) { *out << row.name; }

class StagedFiles : public ::testing::TestWithParam<Row> {};

TEST_P(StagedFiles, AreEnoughWhereTheyFillTheSlots) {
  DriverHarness harness({.slots = kSlots});
  ASSERT_TRUE(harness.driver->wants_files());
  for (const u64 size : GetParam().sizes) harness.driver->add({"/nowhere", size});
  EXPECT_EQ(harness.driver->wants_files(), GetParam().wants);
}

INSTANTIATE_TEST_SUITE_P(
    Sizes, StagedFiles,
    ::testing::Values(Row{"nothing", {}, true}, Row{"an_empty_file", {0}, true},
                      Row{"a_byte_less", {kRoom - 1}, true}, Row{"exactly", {kRoom}, false},
                      Row{"a_huge_one", {kHuge}, false},
                      Row{"small_ones_with_room", {kRoom / 2, 0, kRoom / 2 - 1}, true},
                      Row{"small_ones_without", {kRoom / 2, 0, kRoom / 2}, false},
                      Row{"a_small_one_behind_a_big_one", {kRoom - 1, 1}, false},
                      Row{"hundreds_without_bytes", std::vector<u64>(200, 0), true},
                      Row{"too_many_without_bytes", std::vector<u64>(5'000, 0), false}),
    [](const auto& row) { return std::string(row.param.name); });

/// One turn of the caller's loop, without more files.
void turn(DriverHarness& harness) {
  ASSERT_TRUE(harness.driver->submit());
  const auto polled = harness.driver->poll();
  ASSERT_TRUE(polled) << polled.error().message();
  if (harness.work() || *polled != 0) return;
  ASSERT_TRUE(harness.driver->wait(std::chrono::milliseconds(5)));
}

/// Turns until as many files have ended; false where they never do.
bool run_until_ended(DriverHarness& harness, std::size_t files) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  const auto ended = [&] {
    std::size_t count = 0;
    for (const auto& [path, file] : harness.delivered) count += file.ends;
    return count;
  };
  while (ended() < files && !::testing::Test::HasFatalFailure()) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    turn(harness);
  }
  return ended() == files;
}

// A big file is no reason to ask until the slots hold its rest; and then it is, before its end.
TEST(FileUnderWay, CountsWithWhatIsLeftOfIt) {
  constexpr u64 kSize = 900'000;
  constexpr u64 kOwn = own_bytes(kSmallSlot);
  const TemporaryTree tree;
  const FileSource file = tree.add("big", noise(kSize, 1));
  for (const Placement placement :
       {Placement::kPacked, Placement::kSeparate, Placement::kInOrder}) {
    DriverHarness harness({.slots = kSlots, .placement = placement});
    u64 drained = 0;
    harness.on_drained = [&](const SlotChunk&, bool, std::span<const Extent>) { ++drained; };
    harness.driver->add(file);
    u32 refusals = 0;
    bool wanted_before_the_end = false;
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (harness.delivered[file.path].ends == 0) {
      ASSERT_LT(std::chrono::steady_clock::now(), deadline);
      ASSERT_NO_FATAL_FAILURE(turn(harness));
      // A slot is taken again only when it has been drained.
      const u64 most_started = (drained + kSlots) * kOwn;
      if (kSize > most_started + kRoom) {
        ASSERT_FALSE(harness.driver->wants_files()) << drained << " chunks drained";
        ++refusals;
      } else if (harness.delivered[file.path].ends == 0) {
        wanted_before_the_end |= harness.driver->wants_files();
      }
    }
    EXPECT_GT(refusals, 20u);
    EXPECT_TRUE(wanted_before_the_end);
    EXPECT_TRUE(harness.driver->wants_files());
  }
}

TEST(FileUnderWay, AndStagedFilesCountTogether) {
  // Of the big one, one chunk more than there are slots.
  constexpr u64 kSize = u64{kSlots + 1} * own_bytes(kSmallSlot);
  const TemporaryTree tree;
  const FileSource big = tree.add("big", noise(kSize, 1));
  DriverHarness harness({.slots = kSlots});
  harness.driver->add(big);
  ASSERT_TRUE(harness.driver->submit());
  ASSERT_TRUE(harness.driver->wants_files()) << "its rest fits the slots";
  harness.driver->add({"/nowhere", kRoom - kSmallSlot - 1});
  EXPECT_TRUE(harness.driver->wants_files());
  harness.driver->add({"/nowhere", 1});
  EXPECT_FALSE(harness.driver->wants_files());
}

// What the feed said of sizes leaves nothing behind that would keep a driver from asking again.
TEST(StagedFiles, AreForgottenWhenTheyHaveBegunWhateverTheirSizes) {
  for (u32 seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const TemporaryTree tree;
    DriverHarness harness({.slots = kSlots, .seed = seed});
    if (seed % 2 == 0) harness.faults->shuffle(seed);
    std::size_t ended = 0;
    for (u32 round = 0; round < 3; ++round) {
      for (u32 i = 0; i < 12; ++i) {
        const std::string name = std::to_string(round) + "-" + std::to_string(i);
        FileSource file = tree.add(name, noise(random() % (i % 4 == 0 ? 60'000 : 2'000), random()));
        // Too much, too little, or of a file that is not there.
        if (random() % 3 == 0) file.size = random() % 2 == 0 ? kHuge : random() % 100;
        if (random() % 6 == 0) file.path += "-missing";
        harness.driver->add(std::move(file));
      }
      // Whoever waits for more files in part of a slot must get them, or the feed's end.
      if (round == 2) harness.driver->finish_feed();
      ended += 12;
      ASSERT_TRUE(run_until_ended(harness, ended));
      EXPECT_EQ(harness.driver->wants_files(), round != 2);
    }
    EXPECT_TRUE(harness.driver->finished());
  }
}

}  // namespace
}  // namespace vyre::ingest
