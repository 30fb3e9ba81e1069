#include <gtest/gtest.h>

#include <set>

#include "ingest/chunk_plan.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DriverHarness;
using test::HarnessOptions;
using test::kSmallSlot;
using test::noise;
using test::TemporaryTree;

using Contents = std::map<std::string, std::string>;

void expect_delivered(const std::map<std::string, Delivered>& delivered, const Contents& expected) {
  ASSERT_EQ(delivered.size(), expected.size());
  for (const auto& [path, content] : expected) {
    const auto found = delivered.find(path);
    ASSERT_NE(found, delivered.end()) << path;
    const Delivered& file = found->second;
    EXPECT_FALSE(file.error) << path << ": " << file.error->message();
    EXPECT_EQ(file.ends, 1u) << path;
    ASSERT_EQ(file.content.size(), content.size()) << path;
    EXPECT_TRUE(file.content == content) << path;
  }
}

std::set<u32> boundary_sizes() {
  const u32 own = own_bytes(kSmallSlot);
  std::set<u32> sizes{0, 1, 2};
  for (const u32 edge : {64u, kHaloBytes, own, own + kHaloBytes, kSmallSlot, 2 * own,
                         2 * own + kHaloBytes, 3 * own, 5 * own + kHaloBytes}) {
    for (const u32 size : {edge - 1, edge, edge + 1}) sizes.insert(size);
  }
  return sizes;
}

struct Setting {
  const char* name;
  HarnessOptions options;
  bool shuffled = false;
};

class EverySetting : public ::testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(
    Settings, EverySetting,
    ::testing::Values(
        Setting{"buffered", {}}, Setting{"shuffled", {}, true},
        Setting{"two_slots", {.slots = 2}, true}, Setting{"direct", {.policy = IoPolicy::kDirect}},
        Setting{"direct_shuffled", {.policy = IoPolicy::kDirect}, true},
        Setting{"auto_policy", {.policy = IoPolicy::kAuto}},
        Setting{"sq_poll",
                {.ring = {.profile = uring::Profile::kSqPoll, .entries = 32, .file_slots = 16}}},
        Setting{"passthrough", {.ring = {.entries = 8, .file_slots = 16, .wide_entries = true}}},
        Setting{"smallest_ring", {.ring = {.entries = 2, .file_slots = 2}}},
        Setting{"smallest_ring_shuffled", {.ring = {.entries = 2, .file_slots = 2}}, true},
        Setting{"one_file_per_slot", {.max_extents = 1}, true},
        Setting{"big_slots", {.slots = 4, .slot_bytes = 256u << 10}}),
    [](const auto& setting) { return std::string(setting.param.name); });

TEST_P(EverySetting, DeliversSizesAroundEveryBoundary) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  Contents expected;
  for (const u32 size : boundary_sizes()) {
    const std::string content = noise(size, size);
    files.push_back(tree.add("size" + std::to_string(size), content));
    expected[files.back().path] = content;
  }
  DriverHarness harness(GetParam().options);
  if (GetParam().shuffled) harness.faults->shuffle(42);
  expect_delivered(harness.run(files), expected);
}

TEST_P(EverySetting, DeliversRandomTreesWhole) {
  constexpr u32 kSeeds = 4;
  for (u32 seed = 1; seed <= kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    const TemporaryTree tree;
    std::vector<FileSource> files;
    Contents expected;
    for (u32 i = 0; i < 150; ++i) {
      const bool big = random() % 12 == 0;
      const std::string content = noise(random() % (big ? 120'000 : 3'000), seed * 1'000 + i);
      files.push_back(tree.add("file" + std::to_string(i), content));
      expected[files.back().path] = content;
      // The walk's size may be out of date in either direction.
      if (random() % 8 == 0) files.back().size = random() % 150'000;
    }
    HarnessOptions options = GetParam().options;
    options.seed = seed;
    DriverHarness harness(options);
    if (GetParam().shuffled) harness.faults->shuffle(seed);
    expect_delivered(harness.run(files), expected);
  }
}

TEST(IngestDriver, PacksManyFilesIntoFewSlotsAndClosesWhatItOpens) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  Contents expected;
  for (u32 i = 0; i < 3'000; ++i) {
    files.push_back(tree.add("file" + std::to_string(i), noise(100 + i % 50, i)));
    expected[files.back().path] = noise(100 + i % 50, i);
  }
  DriverHarness harness({.slots = 3, .slot_bytes = 64u << 10});
  u32 slots = 0;
  harness.on_filled = [&](const SlotChunk& chunk) {
    ++slots;
    EXPECT_TRUE(chunk.packed);
    EXPECT_EQ(chunk.own_begin, 0u);
    EXPECT_EQ(chunk.own_end, chunk.length);
  };
  expect_delivered(harness.run(files), expected);
  EXPECT_LE(slots, 30u);
  const IngestTelemetry& telemetry = harness.telemetry();
  EXPECT_EQ(telemetry.opens.value(), files.size());
  EXPECT_EQ(telemetry.closes.value(), files.size());
  const Status clean = telemetry.validate_completed_zero_copy(ReadPath::kRegisteredMappedRead);
  EXPECT_TRUE(clean) << clean.error().message();
  EXPECT_EQ(telemetry.path(ReadPath::kRegisteredMappedRead).completed.value(), files.size());
  EXPECT_EQ(telemetry.buffered_reads.value(), files.size());
}

TEST(IngestDriver, CountsBytesOfBothWays) {
  const TemporaryTree tree;
  const std::string content = noise(100'000, 1);
  const std::vector<FileSource> files{tree.add("big", content), tree.add("small", "text")};
  for (const IoPolicy policy : {IoPolicy::kBuffered, IoPolicy::kDirect}) {
    DriverHarness harness({.policy = policy});
    const auto& delivered = harness.run(files);
    if (policy == IoPolicy::kDirect && delivered.at(files[0].path).error) {
      GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
    }
    const IngestTelemetry& telemetry = harness.telemetry();
    const bool direct = policy == IoPolicy::kDirect;
    EXPECT_EQ(telemetry.direct_bytes.value() > content.size(), direct);
    EXPECT_EQ(telemetry.direct_reads.value() != 0, direct);
    EXPECT_EQ(telemetry.buffered_bytes.value() > content.size(), !direct);
    EXPECT_GE(telemetry.buffered_bytes.value(), 4u) << "the small file, by either policy";
  }
}

TEST(IngestDriver, HandsOutPartOfASlotRatherThanWaitForMoreFiles) {
  const TemporaryTree tree;
  DriverHarness harness;
  harness.driver->add(tree.add("only", "text"));
  std::optional<FilledSlot> filled;
  for (int turn = 0; turn < 100 && !filled; ++turn) {
    ASSERT_TRUE(harness.driver->submit());
    ASSERT_TRUE(harness.driver->wait(std::chrono::milliseconds(10)));
    ASSERT_TRUE(harness.driver->poll());
    filled = harness.driver->next_filled();
  }
  ASSERT_TRUE(filled);
  EXPECT_EQ(harness.driver->chunk(*filled).length, 4u);
  EXPECT_FALSE(harness.driver->finished());
}

TEST(IngestDriver, EndsAtOnceWithoutFiles) {
  DriverHarness harness;
  EXPECT_TRUE(harness.run({}).empty());
  EXPECT_TRUE(harness.driver->finished());
  EXPECT_FALSE(harness.driver->wants_files());
}

TEST(IngestDriver, RefusesBuffersThatDoNotSplit) {
  auto ring = uring::IoUring::create({.entries = 8, .file_slots = 8});
  auto tableless = uring::IoUring::create({.entries = 8, .file_slots = 0});
  ASSERT_TRUE(ring && tableless);
  auto buffer = memory::MappedBuffer::anonymous(8 * kSmallSlot);
  const auto refused = [&](uring::Ring& used, std::size_t offset, std::size_t bytes,
                           const DriverOptions& options) {
    auto driver = IngestDriver::create(used, buffer->bytes().subspan(offset, bytes), options);
    return !driver && driver.error().code == ErrorCode::kInvalidArgument;
  };
  const std::size_t slot = kSmallSlot;
  EXPECT_FALSE(refused(**ring, 0, 4 * slot, {.slots = 4}));
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 0}));
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 1}));
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 3})) << "a remainder";
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 5}));
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 8})) << "no room for halos";
  EXPECT_TRUE(refused(**ring, 1, 4 * slot, {.slots = 4})) << "not at a page";
  EXPECT_TRUE(refused(**ring, 0, 4 * slot + 4 * 512, {.slots = 4})) << "no whole pages";
  EXPECT_TRUE(refused(**ring, 0, 4 * slot, {.slots = 4, .max_extents = 0}));
  EXPECT_TRUE(refused(**tableless, 0, 4 * slot, {.slots = 4}));
}

TEST(IngestDriverDeathTest, ASpentTicketIsCaught) {
  const TemporaryTree tree;
  DriverHarness harness;
  harness.driver->add(tree.add("only", "text"));
  harness.driver->finish_feed();
  std::optional<FilledSlot> filled;
  while (!filled) {
    ASSERT_TRUE(harness.driver->submit());
    ASSERT_TRUE(harness.driver->poll());
    filled = harness.driver->next_filled();
  }
  PublishedSlot published = harness.driver->publish(std::move(*filled));
  EXPECT_DEATH(static_cast<void>(harness.driver->publish(std::move(*filled))), "valid");
  EXPECT_DEATH(harness.driver->add({"late", 1}), "feed");
  DrainedSlot drained = harness.driver->drain(std::move(published));
  EXPECT_DEATH(static_cast<void>(harness.driver->drain(std::move(published))), "valid");
  harness.driver->recycle(std::move(drained));
  EXPECT_TRUE(harness.driver->finished());
}

}  // namespace
}  // namespace vyre::ingest
