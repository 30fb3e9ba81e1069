#include <gtest/gtest.h>

#include <cerrno>
#include <set>

#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/loop_device.hpp"
#include "tests/ingest/simulated_device.hpp"
#include "tests/ingest/temporary_tree.hpp"

// Block devices: a loop device where the machine lets one be made, and files that play one.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DriverHarness;
using test::Fault;
using test::HarnessOptions;
using test::LoopDevice;
using uring::Submission;

constexpr u64 kBytes = 300 * 4096 + 3 * 512;

TEST(RealBlockDevice, IsReadPastThePageCacheOrThroughIt) {
  const test::TemporaryTree tree;
  const std::string content = test::noise(kBytes, 1);
  const LoopDevice loop(tree.add("disk", content).path);
  if (!loop) GTEST_SKIP() << loop.reason();
  for (const IoPolicy policy : {IoPolicy::kAuto, IoPolicy::kDirect, IoPolicy::kBuffered}) {
    for (const PathChoice path : {PathChoice::kAuto, PathChoice::kMapped}) {
      DriverHarness harness({.policy = policy, .path = path, .command_bytes = 8192});
      harness.faults->shuffle(1);
      bool again = false;
      harness.on_extent = [&](const Extent& extent) {
        if (!extent.first) return;
        again = true;
        std::string text(10'000, '?');
        const auto read = extent.file->read_again(content.size() - 5000, text);
        ASSERT_TRUE(read);
        EXPECT_EQ(text.substr(0, *read), content.substr(content.size() - 5000));
      };
      const Delivered file =
          harness.run({{.path = loop.path(), .size = 0, .device = true}}).at(loop.path());
      EXPECT_FALSE(file.error) << file.error->message();
      EXPECT_TRUE(file.content == content);
      EXPECT_TRUE(again);
      const IngestTelemetry& telemetry = harness.telemetry();
      EXPECT_EQ(telemetry.buffered_bytes.value() != 0, policy == IoPolicy::kBuffered);
      EXPECT_EQ(telemetry.direct_bytes.value() != 0, policy != IoPolicy::kBuffered);
      EXPECT_TRUE(telemetry.validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
    }
  }
}

TEST(RealBlockDevice, AWindowOfItIsReadAndCommandsAreRefusedByReason) {
  const test::TemporaryTree tree;
  const std::string content = test::noise(kBytes, 2);
  const LoopDevice loop(tree.add("disk", content).path);
  if (!loop) GTEST_SKIP() << loop.reason();
  FileSource source{.path = loop.path(), .device = true, .blocks = BlockRange{5, 1001}};
  DriverHarness harness;
  const Delivered file = harness.run({source}).at(loop.path());
  EXPECT_TRUE(file.content == content.substr(5 * 512, 1001 * 512));
  EXPECT_EQ(file.first_offset, 5u * 512);
  DriverHarness passthrough({.ring = {.entries = 32, .file_slots = 16, .wide_entries = true},
                             .path = PathChoice::kPassthrough});
  const Delivered refused = passthrough.run({source}).at(loop.path());
  ASSERT_TRUE(refused.error);
  EXPECT_EQ(refused.error->code, ErrorCode::kUnavailable);
  EXPECT_NE(refused.error->what.find("no NVMe namespace"), std::string::npos);
}

TEST(RealBlockDevice, IsFoundOutWhereTheFeedTookItForAFile) {
  const test::TemporaryTree tree;
  const std::string content = test::noise(kBytes, 4);
  const LoopDevice loop(tree.add("disk", content).path);
  if (!loop) GTEST_SKIP() << loop.reason();
  DriverHarness harness;
  EXPECT_TRUE(harness.run({{.path = loop.path()}}).at(loop.path()).content == content);
  EXPECT_EQ(harness.telemetry().files_restaged.value(), 1u);
}

/// A file that is told to be a block device.
struct PlayedDisk {
  PlayedDisk() : content(test::noise(kBytes, 3)), path(tree.add("sda", content).path) {
    devices.block_device = {kBytes, 512};
    devices.nodes[path] = {.kind = nvme::NodeKind::kBlock, .name = "sda", .bytes = kBytes};
  }
  Delivered run(DriverHarness& harness) const {
    return harness.run({{.path = path, .size = kBytes, .device = true}}).at(path);
  }
  HarnessOptions options(IoPolicy policy = IoPolicy::kBuffered) const {
    return {.slots = 4, .policy = policy, .command_bytes = 8192, .devices = &devices};
  }

  test::TemporaryTree tree;
  test::SimulatedDevices devices;
  std::string content;
  std::string path;
};

TEST(BlockDevice, BadBlocksCostThemselves) {
  const PlayedDisk disk;
  for (const int error : {EIO, ENODATA}) {
    DriverHarness harness(disk.options());
    harness.faults->shuffle(5);
    const std::set<u64> bad{17, 18, 1000};
    harness.faults->fault = [&](const Submission& submission) {
      const auto first = bad.lower_bound(submission.offset / 512);
      const u64 end = (submission.offset + submission.length) / 512;
      return Fault{.result = first != bad.end() && *first < end ? -error : 0};
    };
    const Delivered file = disk.run(harness);
    std::string expected = disk.content;
    for (const u64 block : bad) expected.replace(block * 512, 512, 512, '\0');
    EXPECT_TRUE(file.content == expected);
    ASSERT_TRUE(file.error);
    ASSERT_EQ(file.earlier_errors.size(), 1u);
    EXPECT_NE(file.earlier_errors[0].what.find("LBA 17 to 18"), std::string::npos);
    EXPECT_NE(file.error->what.find("LBA 1000"), std::string::npos);
    EXPECT_EQ(file.error->detail, error);
  }
}

TEST(BlockDevice, ThatIsGoneEndsWithOneError) {
  const PlayedDisk disk;
  for (const int error : {EIO, ENODEV, ENXIO}) {
    DriverHarness harness(disk.options());
    harness.faults->shuffle(5);
    harness.faults->fault = [&](const Submission& submission) {
      return Fault{.result = submission.offset >= 512'000 ? -error : 0};
    };
    const Delivered file = disk.run(harness);
    ASSERT_TRUE(file.error);
    EXPECT_EQ(file.error->detail, error);
    EXPECT_TRUE(file.earlier_errors.empty()) << file.earlier_errors[0].message();
    EXPECT_TRUE(disk.content.compare(0, file.content.size(), file.content) == 0);
    EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kRegisteredMappedRead), 0u);
  }
}

TEST(BlockDevice, ThatIsShorterThanItSaidEndsWithAnError) {
  PlayedDisk disk;
  disk.devices.block_device.bytes = kBytes + 64 * 4096;
  DriverHarness harness(disk.options());
  const Delivered file = disk.run(harness);
  ASSERT_TRUE(file.error);
  EXPECT_EQ(file.error->code, ErrorCode::kUnavailable);
  EXPECT_LE(file.content.size(), kBytes);
  EXPECT_TRUE(disk.content.compare(0, file.content.size(), file.content) == 0);
}

TEST(BlockDevice, ShortReadsAreResumed) {
  const PlayedDisk disk;
  DriverHarness harness(disk.options());
  harness.faults->fault = [](const Submission&) { return Fault{.shorten = 1000}; };
  EXPECT_TRUE(disk.run(harness).content == disk.content);
}

TEST(BlockDevice, RefusedReadsNameTheBlocks) {
  const PlayedDisk disk;
  DriverHarness harness(disk.options());
  harness.faults->fault = [](const Submission& submission) {
    return Fault{.result = submission.offset >= 8192 ? -ENOMEM : 0};
  };
  const Delivered file = disk.run(harness);
  ASSERT_TRUE(file.error);
  EXPECT_EQ(file.error->detail, ENOMEM);
  EXPECT_NE(file.error->what.find("reading LBA 16"), std::string::npos) << file.error->what;
  EXPECT_EQ(file.content.size(), 8192u);
}

TEST(BlockDevice, GeometryThatCannotBeIsAnError) {
  for (const BlockGeometry& geometry :
       {BlockGeometry{0, 512}, BlockGeometry{511, 512}, BlockGeometry{~u64{0}, 512},
        BlockGeometry{kBytes, 8192}, BlockGeometry{kBytes, 511}, BlockGeometry{kBytes, 65536}}) {
    PlayedDisk disk;
    disk.devices.block_device = geometry;
    DriverHarness harness(disk.options(IoPolicy::kAuto));
    const Delivered file = disk.run(harness);
    ASSERT_TRUE(file.error) << geometry.bytes << " " << geometry.block_bytes;
    EXPECT_EQ(file.error->code, ErrorCode::kUnavailable);
    EXPECT_EQ(file.ends, 1u);
  }
}

}  // namespace
}  // namespace vyre::ingest
