#include <gtest/gtest.h>
#include <unistd.h>

#include <set>

#include "ingest/chunk_plan.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/ingest/tiles.hpp"

// Files with slots of their own: what a program sees of a file is the file's alone.
namespace vyre::ingest {
namespace {

using test::DriverHarness;
using test::noise;
using test::TemporaryTree;
using test::Tile;

struct Setting {
  const char* name;
  Placement placement;
  IoPolicy policy = IoPolicy::kBuffered;
};

class SeparateFiles : public ::testing::TestWithParam<Setting> {};

INSTANTIATE_TEST_SUITE_P(Settings, SeparateFiles,
                         ::testing::Values(Setting{"separate", Placement::kSeparate},
                                           Setting{"in_order", Placement::kInOrder},
                                           Setting{"separate_direct", Placement::kSeparate,
                                                   IoPolicy::kDirect}),
                         [](const auto& setting) { return std::string(setting.param.name); });

std::set<u64> sizes_around_tiles_and_chunks(u32 slot_bytes) {
  std::set<u64> sizes{0, 1, 100, 3 * u64{own_bytes(slot_bytes)} + 12345};
  const u64 own = own_bytes(slot_bytes);
  for (const u64 edge : {u64{kHaloBytes}, u64{kTileBytes}, u64{2 * kTileBytes}, u64{slot_bytes},
                         own, 2 * own, 3 * own}) {
    for (const u64 more : {u64{0}, u64{kHaloBytes}, u64{kTileBytes}}) {
      for (const u64 size : {edge + more - 1, edge + more, edge + more + 1}) sizes.insert(size);
    }
  }
  return sizes;
}

TEST_P(SeparateFiles, ShowAProgramTheCanonicalTilesOfEachFile) {
  std::mt19937_64 random(20261);
  for (int round = 0; round < 4; ++round) {
    const u32 slot_bytes =
        round == 0 ? kTileSlotBytes : kTileSlotBytes + static_cast<u32>(random() % 80) * kHaloBytes;
    SCOPED_TRACE("slots of " + std::to_string(slot_bytes));
    const TemporaryTree tree;
    std::vector<FileSource> files;
    for (const u64 size : sizes_around_tiles_and_chunks(slot_bytes)) {
      files.push_back(tree.add("size" + std::to_string(size), noise(size, size)));
    }
    std::shuffle(files.begin(), files.end(), random);
    DriverHarness harness({.slots = 4,
                           .slot_bytes = slot_bytes,
                           .policy = GetParam().policy,
                           .placement = GetParam().placement,
                           .seed = random()});
    harness.faults->shuffle(random());
    std::map<std::string, std::vector<Tile>> seen;
    harness.on_drained = [&](const SlotChunk& chunk, bool ran, std::span<const Extent> extents) {
      ASSERT_LE(extents.size(), 1u) << "files share a slot";
      if (extents.empty()) return;
      EXPECT_TRUE(ran) << extents[0].file->path();
      test::append_tiles(seen[extents[0].file->path()], chunk);
    };
    const auto& delivered = harness.run(files);
    for (const FileSource& file : files) {
      if (delivered.at(file.path).error && GetParam().policy == IoPolicy::kDirect) {
        GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
      }
      EXPECT_FALSE(delivered.at(file.path).error);
      EXPECT_EQ(seen.at(file.path), test::tiles_of_file(file.size)) << file.size;
    }
  }
}

TEST_P(SeparateFiles, ChunksOfAStreamLieInSlotsThatFollowEachOther) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (u32 i = 0; i < 6; ++i) {
    files.push_back(tree.add("big" + std::to_string(i), noise(300'000 + i * 70'000, i)));
    files.push_back(tree.add("small" + std::to_string(i), noise(i * 100, i)));
  }
  DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = GetParam().placement});
  harness.faults->shuffle(7);
  u64 stream = 0;
  u64 next = 0;
  harness.on_drained = [&](const SlotChunk& chunk, bool, std::span<const Extent> extents) {
    if (extents.empty() || chunk.stream == 0) return;
    if (chunk.stream != stream) {
      EXPECT_EQ(chunk.stream, stream + 1);
      stream = chunk.stream;
      next = 0;
    }
    EXPECT_EQ(chunk.number, next++);
  };
  harness.run(files);
  EXPECT_GE(stream, 6u);
}

TEST_P(SeparateFiles, DoNotRunOnFilesThatCannotBeRead) {
  const TemporaryTree tree;
  const std::vector<FileSource> files{{tree.path("missing"), 10},
                                      tree.add("good", "text"),
                                      {tree.path("missing-big"), 10'000'000},
                                      {std::string("a\0b", 3), 5},
                                      {"/", 4096},
                                      {"/dev/null", 0}};
  DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = GetParam().placement});
  u32 ran_on = 0;
  harness.on_drained = [&](const SlotChunk&, bool ran, std::span<const Extent>) { ran_on += ran; };
  const auto& delivered = harness.run(files);
  ASSERT_EQ(delivered.size(), files.size());
  for (const FileSource& file : files) {
    EXPECT_EQ(delivered.at(file.path).error.has_value(), file.path != files[1].path) << file.path;
    EXPECT_EQ(delivered.at(file.path).ends, 1u);
  }
  EXPECT_EQ(ran_on, 1u);
}

TEST(SeparateFilesChanging, AFileThatGetsShorterBetweenItsChunksIsAnError) {
  for (const Placement placement : {Placement::kPacked, Placement::kSeparate}) {
    const TemporaryTree tree;
    const u64 own = own_bytes(kTileSlotBytes);
    const FileSource file = tree.add("file", noise(5 * own + 7, 1));
    DriverHarness harness({.slots = 2, .slot_bytes = kTileSlotBytes, .placement = placement});
    harness.on_filled = [&](const SlotChunk& chunk) {
      if (chunk.number != 1) return;
      EXPECT_EQ(::truncate(file.path.c_str(), static_cast<off_t>(2 * own + 100)), 0);
    };
    const auto& delivered = harness.run({file});
    EXPECT_EQ(delivered.at(file.path).error.has_value(), placement != Placement::kPacked);
    EXPECT_EQ(delivered.at(file.path).ends, 1u);
  }
}

TEST(SeparateFilesChanging, AFileThatGrowsIsReadToItsEnd) {
  const TemporaryTree tree;
  const u64 own = own_bytes(kTileSlotBytes);
  const std::string content = noise(2 * own, 1);
  const std::string more = noise(2 * own + 5, 2);
  const FileSource file = tree.add("file", content);
  DriverHarness harness(
      {.slots = 2, .slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
  bool grown = false;
  harness.faults->fault = [&](const uring::Submission&) {
    if (!std::exchange(grown, true)) tree.append(file.path, more);
    return test::Fault{};
  };
  const auto& delivered = harness.run({file});
  EXPECT_FALSE(delivered.at(file.path).error);
  EXPECT_TRUE(delivered.at(file.path).content == content + more);
}

TEST(FilesInOrder, EndInTheOrderOfTheFeedWhateverTheirSizesWere) {
  const TemporaryTree tree;
  std::mt19937_64 random(3);
  std::vector<FileSource> files;
  for (u32 i = 0; i < 80; ++i) {
    const bool big = random() % 8 == 0;
    files.push_back(
        tree.add("file" + std::to_string(i), noise(random() % (big ? 400'000 : 2'000), i)));
    if (random() % 3 == 0) files.back().size = random() % 500'000;
    if (random() % 10 == 0) files.push_back({tree.path("missing" + std::to_string(i)), 5});
  }
  DriverHarness harness(
      {.slots = 3, .slot_bytes = kTileSlotBytes, .placement = Placement::kInOrder});
  harness.faults->shuffle(11);
  std::vector<std::string> ended;
  harness.on_drained = [&](const SlotChunk&, bool, std::span<const Extent> extents) {
    for (const Extent& extent : extents) {
      if (extent.last) ended.push_back(extent.file->path());
    }
  };
  harness.run(files);
  ASSERT_EQ(ended.size(), files.size());
  for (std::size_t i = 0; i < files.size(); ++i) EXPECT_EQ(ended[i], files[i].path);
}

}  // namespace
}  // namespace vyre::ingest
