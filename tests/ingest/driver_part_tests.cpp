#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>
#include <vector>

#include "ingest/chunk_plan.hpp"
#include "ingest/file_part.hpp"
#include "ingest/open_file.hpp"
#include "ingest/shared_file.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/ingest/tiles.hpp"

// Parts of files: together they are the file, however it is cut.
namespace vyre::ingest {
namespace {

using test::DriverHarness;
using test::noise;
using test::TemporaryTree;
using test::Tile;

/// Where a file of `size` bytes may be cut: what is behind must be there for certain.
std::vector<u64> places_to_cut(u64 size, u64 own) {
  std::vector<u64> places;
  for (u64 place = own; place + kHaloBytes <= size; place += own) places.push_back(place);
  return places;
}

/// A part of `file`, under a name of its own, since the harness tells files by their names.
FileSource part_of(const TemporaryTree& tree, const FileSource& file, const std::string& name,
                   PartRange range) {
  FileSource part = file;
  part.path = tree.path(name);
  auto opened = SharedFile::open(file.path);
  EXPECT_TRUE(opened);
  part.part =
      std::make_shared<const FilePart>(FilePart{.range = range, .file = *opened, .joined = {}});
  return part;
}

std::vector<FileSource> parts_of(const TemporaryTree& tree, const FileSource& file,
                                 const std::vector<u64>& cuts) {
  std::vector<FileSource> parts;
  for (std::size_t i = 0; i <= cuts.size(); ++i) {
    PartRange range{.begin = i == 0 ? 0 : cuts[i - 1]};
    if (i < cuts.size()) range.end = cuts[i];
    parts.push_back(part_of(tree, file, "part" + std::to_string(i), range));
  }
  return parts;
}

/// What a program sees of all these parts, by its place in the file.
std::vector<Tile> tiles_of(DriverHarness& harness, const std::vector<FileSource>& parts,
                           std::string_view content) {
  std::vector<Tile> tiles;
  harness.on_drained = [&tiles](const SlotChunk& chunk, bool ran, std::span<const Extent> extents) {
    if (ran && !extents.empty()) test::append_tiles(tiles, chunk);
  };
  for (const FileSource& part : parts) {
    harness.wholes[part.path] = {part.part->range.begin, content};
  }
  harness.run(parts);
  std::sort(tiles.begin(), tiles.end());
  return tiles;
}

void expect_delivered(const DriverHarness& harness, const FileSource& part,
                      std::string_view content) {
  const test::Delivered& delivered = harness.delivered.at(part.path);
  EXPECT_FALSE(delivered.error) << delivered.error->message();
  EXPECT_EQ(delivered.ends, 1u);
  const PartRange& range = part.part->range;
  EXPECT_TRUE(delivered.content ==
              content.substr(range.begin, range.end.value_or(content.size()) - range.begin));
}

TEST(FileParts, AreTheFileHoweverItIsCut) {
  for (u64 seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const TemporaryTree tree;
    const u64 size = random() % 3 == 0 ? random() % 40 * kTileBytes + random() % 3 * kHaloBytes
                                       : random() % (2u << 20);
    const std::string content = noise(size, seed);
    const FileSource file = tree.add("file", content);
    const u32 slot_bytes = kTileSlotBytes + static_cast<u32>(random() % 6) * (kTileBytes / 2);
    std::vector<u64> cuts;
    for (const u64 place : places_to_cut(size, own_bytes(slot_bytes))) {
      if (random() % 3 == 0) cuts.push_back(place);
    }
    std::vector<FileSource> parts = parts_of(tree, file, cuts);
    std::shuffle(parts.begin(), parts.end(), random);
    DriverHarness cut({.slots = 2 + static_cast<u32>(random() % 4),
                       .slot_bytes = slot_bytes,
                       .placement = random() % 2 == 0 ? Placement::kSeparate : Placement::kInOrder,
                       .seed = random()});
    EXPECT_EQ(tiles_of(cut, parts, content), test::tiles_of_file(size));
    for (const FileSource& part : parts) expect_delivered(cut, part, content);
  }
}

TEST(FileParts, AreOfTheFileThatWasOpenedWhateverItsPathIsNow) {
  for (const IoPolicy policy : {IoPolicy::kBuffered, IoPolicy::kDirect}) {
    const TemporaryTree tree;
    const std::string content = noise(4 * kTileBytes + 99, 1);
    const FileSource file = tree.add("file", content);
    IngestTelemetry telemetry;
    if (!OpenFile::open(file.path, policy, telemetry)) continue;
    const std::vector<FileSource> parts = parts_of(tree, file, {2 * kTileBytes});
    std::filesystem::remove(file.path);
    tree.add("file", noise(9 * kTileBytes, 2));
    DriverHarness harness(
        {.slot_bytes = kTileSlotBytes, .policy = policy, .placement = Placement::kSeparate});
    tiles_of(harness, parts, content);
    for (const FileSource& part : parts) expect_delivered(harness, part, content);
  }
}

TEST(FileParts, KeepNoFileOpenOnceTheyAreRead) {
  const TemporaryTree tree;
  std::vector<FileSource> parts;
  for (int i = 0; i < 20; ++i) {
    const std::string name = std::to_string(i);
    parts.push_back(part_of(tree, tree.add(name, noise(3 * kTileBytes, 1)), "part" + name, {}));
  }
  DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
  harness.run(parts);
  for (const FileSource& part : parts) EXPECT_EQ(part.part.use_count(), 1) << part.path;
}

TEST(FileParts, TheLastOneEndsWhereTheFileDoesUnlessThatBecameShorter) {
  const u64 begin = 2 * kTileBytes;
  for (const u64 size : {u64{0}, u64{5}, begin - 1, begin, begin + 1, begin + kHaloBytes - 1,
                         begin + kHaloBytes, begin + 3 * kTileBytes + 7}) {
    SCOPED_TRACE(size);
    const TemporaryTree tree;
    const std::string content = noise(size, size);
    const FileSource part =
        part_of(tree, tree.add("file", content), "part", PartRange{.begin = begin});
    DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
    tiles_of(harness, {part}, content);
    if (size >= begin + kHaloBytes) {
      expect_delivered(harness, part, content);
      continue;
    }
    ASSERT_TRUE(harness.delivered.at(part.path).error);
    EXPECT_EQ(harness.delivered.at(part.path).error->code, ErrorCode::kUnavailable);
  }
}

TEST(FileParts, AreOneSourceToTheCertificate) {
  const TemporaryTree tree;
  const std::string content = noise(6 * kTileBytes, 1);
  const FileSource file = tree.add("file", content);
  DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
  tiles_of(harness, parts_of(tree, file, {2 * kTileBytes, 4 * kTileBytes}), content);
  u64 sources = 0;
  for (const auto& obstacle : harness.driver->certificate().origins().at(0).obstacles) {
    if (obstacle.reason == PathReason::kBufferedAsked) sources += obstacle.sources.value();
  }
  EXPECT_EQ(sources, 1u);
}

TEST(FileParts, AFileThatEndsInOneBecameShorter) {
  const TemporaryTree tree;
  const u64 end = 6 * kTileBytes;
  for (const u64 size : {u64{0}, u64{5}, 3 * u64{kTileBytes}, end - 1, end, end + kHaloBytes - 1}) {
    SCOPED_TRACE(size);
    const std::string content = noise(size, size);
    const FileSource file = tree.add("short", content);
    const FileSource part = part_of(tree, file, "part", {.begin = kTileBytes, .end = end});
    DriverHarness harness({.slot_bytes = 2 * kTileSlotBytes, .placement = Placement::kSeparate});
    harness.wholes[part.path] = {kTileBytes, content};
    const auto& delivered = harness.run({part, tree.add("after", "behind it")});
    ASSERT_TRUE(delivered.at(part.path).error);
    EXPECT_EQ(delivered.at(part.path).error->code, ErrorCode::kUnavailable);
    EXPECT_EQ(delivered.at(part.path).ends, 1u);
    EXPECT_EQ(delivered.at(tree.path("after")).content, "behind it");
  }
}

TEST(FileParts, AReadThatFailsEndsItsPartAlone) {
  const TemporaryTree tree;
  const std::string content = noise(12 * kTileBytes + 777, 3);
  const FileSource file = tree.add("file", content);
  const std::vector<FileSource> parts = parts_of(tree, file, {4 * kTileBytes, 8 * kTileBytes});
  for (const u64 first : {u64{4}, u64{5}, u64{7}}) {
    SCOPED_TRACE(first);
    DriverHarness harness(
        {.slots = 4, .slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
    harness.faults->fault = [first](const uring::Submission& read) -> test::Fault {
      const u64 own = read.offset + kHaloBytes;
      if (own == first * kTileBytes || own == 6 * kTileBytes) return {.result = -EIO};
      return {};
    };
    tiles_of(harness, parts, content);
    const auto& failed = harness.delivered.at(parts[1].path);
    ASSERT_TRUE(failed.error);
    EXPECT_EQ(failed.error->detail, EIO);
    const u64 good = std::min<u64>(first, 6) * kTileBytes;
    EXPECT_TRUE(failed.content == content.substr(4 * kTileBytes, good - 4 * kTileBytes));
    for (const std::size_t i : {0, 2}) expect_delivered(harness, parts[i], content);
  }
}

TEST(FileParts, AReadThatFailsInTheLastChunkIsTold) {
  const TemporaryTree tree;
  const std::string content = noise(3 * kTileBytes, 5);
  const FileSource part =
      part_of(tree, tree.add("file", content), "part", {.begin = 0, .end = 2 * kTileBytes});
  DriverHarness harness({.slot_bytes = kTileSlotBytes, .placement = Placement::kSeparate});
  harness.faults->fault = [](const uring::Submission& read) -> test::Fault {
    if (read.offset + kHaloBytes == kTileBytes) return {.result = -EIO};
    return {};
  };
  tiles_of(harness, {part}, content);
  ASSERT_TRUE(harness.delivered.at(part.path).error);
  EXPECT_EQ(harness.delivered.at(part.path).content.size(), kTileBytes);
}

}  // namespace
}  // namespace vyre::ingest
