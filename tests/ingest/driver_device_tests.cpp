#include <gtest/gtest.h>

#include <utility>

#include "tests/ingest/device_harness.hpp"

// Namespaces read by commands, in whatever order these end.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DeviceHarness;

TEST(NamespaceSource, IsReadWholeWithManyCommandsThatEndInAnyOrder) {
  struct Case {
    u32 block_bytes;
    u64 blocks;
    u32 slot_bytes;
    u32 slots;
    u32 command_bytes;
    u32 largest_command;
  };
  u64 seed = 0;
  for (const Case& with :
       {Case{512, 4000, 64 * 1024, 4, 4096, 128 * 1024}, Case{4096, 700, 512 * 1024, 3, 8192, 8192},
        Case{512, 1, 16 * 1024, 2, 4096, 4096}, Case{4096, 1, 16 * 1024, 2, 4096, 4096},
        Case{512, 8, 16 * 1024, 2, 4096, 4096}, Case{512, 16, 16 * 1024, 2, 4096, 512},
        Case{512, 9, 16 * 1024, 3, 128 * 1024, 1536}, Case{1024, 333, 20 * 1024, 5, 12288, 3072},
        Case{512, 5001, 144 * 1024, 6, 128 * 1024, 512 * 1024}}) {
    SCOPED_TRACE(std::to_string(with.block_bytes) + " x " + std::to_string(with.blocks));
    const test::SimulatedDisk disk(with.block_bytes, with.blocks, with.largest_command);
    DeviceHarness harness(disk, {.slots = with.slots,
                                 .slot_bytes = with.slot_bytes,
                                 .ring = {.entries = 256, .file_slots = 16},
                                 .seed = ++seed,
                                 .command_bytes = with.command_bytes});
    harness.faults->shuffle(seed);
    const Delivered file = harness.run({disk.source()}).at(disk.path());
    EXPECT_FALSE(file.error) << file.error->message();
    EXPECT_TRUE(file.content == disk.content());
    EXPECT_EQ(file.ends, 1u);
    const IngestTelemetry& telemetry = harness.telemetry();
    EXPECT_GE(telemetry.path(ReadPath::kNvmePassthrough).bytes.value(), disk.content().size());
    EXPECT_EQ(telemetry.buffered_reads.value() + telemetry.direct_reads.value(), 0u);
    EXPECT_TRUE(telemetry.validate_completed_zero_copy(ReadPath::kNvmePassthrough));
    EXPECT_FALSE(telemetry.validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
    EXPECT_EQ(telemetry.path(ReadPath::kNvmePassthrough).submitted.value(),
              harness.faults->commands);
    EXPECT_EQ(harness.faults->commands_in_flight, 0u);
    if (with.blocks == 4000) {
      EXPECT_GE(harness.faults->most_commands_in_flight, 32u);
    }
  }
}

TEST(NamespaceSource, IsReadByRegisteredCommandsWhereTheKernelTakesThem) {
  for (const bool takes : {true, false}) {
    test::SimulatedDisk disk(512, 100, 4096);
    disk.devices.registered_memory = takes;
    DeviceHarness harness(disk);
    harness.faults->fault = [&](const uring::Submission& submission) {
      EXPECT_EQ(submission.operation,
                takes ? uring::Operation::kNvmeReadFixed : uring::Operation::kNvmeRead);
      return test::Fault{};
    };
    EXPECT_TRUE(harness.run({disk.source()}).at(disk.path()).content == disk.content());
    EXPECT_TRUE(harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough));
  }
}

TEST(NamespaceSource, AWindowIsReadAsIfThereWereNoMore) {
  const test::SimulatedDisk disk(512, 1000, 8192);
  for (const BlockRange& range :
       {BlockRange{0, 1}, BlockRange{1, 1}, BlockRange{3, 17}, BlockRange{999, 1},
        BlockRange{0, 1000}, BlockRange{7, 900}, BlockRange{15, 16}, BlockRange{17, 983}}) {
    SCOPED_TRACE(std::to_string(range.first) + ":" + std::to_string(range.count));
    DeviceHarness harness(disk, {.command_bytes = 4096});
    harness.faults->shuffle(range.first + 1);
    harness.faults->fault = [&](const uring::Submission& submission) {
      const auto fields = test::decode(std::as_bytes(std::span(submission.command, 1)));
      EXPECT_GE(fields.lba, range.first);
      EXPECT_LE(fields.lba + fields.blocks, range.first + range.count);
      return test::Fault{};
    };
    FileSource source = disk.source();
    source.blocks = range;
    const Delivered file = harness.run({source}).at(disk.path());
    EXPECT_FALSE(file.error);
    EXPECT_TRUE(file.content == disk.content().substr(range.first * 512, range.count * 512));
    EXPECT_EQ(file.first_offset, range.first * 512);
  }
}

TEST(NamespaceSource, AWindowBeyondTheDeviceIsAnErrorBeforeAnyCommand) {
  constexpr u64 kMaximum = ~u64{0};
  const test::SimulatedDisk disk(512, 1000, 8192);
  for (const BlockRange& range :
       {BlockRange{0, 0}, BlockRange{1000, 1}, BlockRange{999, 2}, BlockRange{0, 1001},
        BlockRange{kMaximum, 1}, BlockRange{1, kMaximum}, BlockRange{kMaximum, kMaximum}}) {
    DeviceHarness harness(disk);
    FileSource source = disk.source();
    source.blocks = range;
    const Delivered file = harness.run({source}).at(disk.path());
    ASSERT_TRUE(file.error);
    EXPECT_EQ(file.error->code, ErrorCode::kInvalidArgument);
    EXPECT_NE(file.error->fix.find("0 to 999"), std::string::npos) << file.error->fix;
    EXPECT_EQ(harness.faults->commands, 0u);
    EXPECT_EQ(harness.telemetry().opens_failed.value(), 1u);
  }
}

TEST(NamespaceSource, TheEndOfTheGreatestNamespaceCanBeRead) {
  test::SimulatedDisk disk(4096, 300, 8192);
  const u64 blocks = (~u64{0} >> 1) / 4096;
  disk.devices.identity.blocks = blocks;
  DeviceHarness harness(disk);
  harness.faults->first_block = blocks - 300;
  FileSource source = disk.source();
  source.blocks = BlockRange{blocks - 300, 300};
  source.size = ~u64{0};
  const Delivered file = harness.run({source}).at(disk.path());
  EXPECT_FALSE(file.error) << file.error->message();
  EXPECT_TRUE(file.content == disk.content());
  EXPECT_EQ(file.first_offset, (blocks - 300) * 4096);
}

TEST(NamespaceSource, SizesThatCannotBeAreErrors) {
  for (const nvme::Identity& identity :
       {nvme::Identity{1, 512, 0, 4096}, nvme::Identity{1, 512, ~u64{0}, 4096},
        nvme::Identity{1, 512, u64{1} << 54, 4096}, nvme::Identity{1, 0, 100, 4096},
        nvme::Identity{1, 513, 100, 4096}, nvme::Identity{1, 256, 100, 4096},
        nvme::Identity{1, 8192, 100, 8192}}) {
    test::SimulatedDisk disk(512, 100, 4096);
    disk.devices.identity = identity;
    DeviceHarness harness(disk);
    const Delivered file = harness.run({disk.source()}).at(disk.path());
    ASSERT_TRUE(file.error) << identity.block_bytes;
    EXPECT_EQ(file.error->code, ErrorCode::kUnavailable);
    EXPECT_EQ(harness.faults->commands, 0u);
  }
}

TEST(NamespaceSource, StandsBesideFilesAndOtherDevices) {
  const test::SimulatedDisk disk(512, 700, 8192);
  const std::string small = test::noise(1'000, 1);
  const std::string big = test::noise(200'000, 2);
  std::vector<FileSource> files{disk.tree.add("small", small), disk.source(),
                                disk.tree.add("big", big)};
  files[1].blocks = BlockRange{350, 350};
  for (u32 i = 0; i < files.size(); ++i) files[i].origin = i + 1;
  DeviceHarness harness(disk);
  harness.faults->shuffle(3);
  const auto& certificate = harness.driver->certificate();
  harness.run(files);
  EXPECT_TRUE(harness.delivered.at(disk.path()).content == disk.content().substr(350 * 512));
  EXPECT_TRUE(harness.delivered.at(files[0].path).content == small);
  EXPECT_TRUE(harness.delivered.at(files[2].path).content == big);
  EXPECT_FALSE(harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough))
      << "a mixed path";
  EXPECT_FALSE(harness.telemetry().validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
  const auto& origins = certificate.origins();
  EXPECT_EQ(origins.at(1).path(CertifiedPath::kRegisteredBuffered).bytes.value(), small.size());
  EXPECT_GE(origins.at(2).path(CertifiedPath::kPassthrough).bytes.value(), 350u * 512);
  EXPECT_EQ(origins.at(2).path(CertifiedPath::kRegisteredBuffered).bytes.value(), 0u);
  EXPECT_GE(origins.at(3).path(CertifiedPath::kRegisteredBuffered).bytes.value(), big.size());
  EXPECT_EQ(origins.count(0), 0u);
}

TEST(NamespaceSource, CanBeReadAgainAtAnyOffset) {
  test::SimulatedDisk disk(512, 1000, 8192);
  disk.devices.bad = {600};
  DeviceHarness harness(disk);
  FileSource source = disk.source();
  source.blocks = BlockRange{10, 900};
  const std::string window = disk.content().substr(10 * 512, 900 * 512);
  bool asked = false;
  harness.on_extent = [&](const Extent& extent) {
    if (!extent.first) return;
    asked = true;
    for (const auto& [offset, length] : {std::pair<u64, u64>{0, 1},
                                         {511, 2},
                                         {512, 512},
                                         {1000, 100'000},
                                         {0, 200'000},
                                         {900 * 512 - 1, 10},
                                         {900 * 512, 10},
                                         {~u64{0}, 5}}) {
      std::string text(length, '?');
      const auto read = extent.file->read_again(offset, text);
      ASSERT_TRUE(read) << read.error().message();
      const std::string expected = offset < window.size() ? window.substr(offset, length) : "";
      EXPECT_EQ(*read, expected.size()) << offset;
      EXPECT_TRUE(text.compare(0, *read, expected) == 0) << offset;
    }
    // A bad block costs itself alone, as in slots.
    constexpr u64 kBad = (600 - 10) * 512;
    std::string text(100'000, '?');
    const auto read = extent.file->read_again(kBad - 50'000, text);
    ASSERT_TRUE(read) << read.error().message();
    std::string expected = window.substr(kBad - 50'000, text.size());
    expected.replace(50'000, 512, 512, '\0');
    EXPECT_TRUE(text == expected);
  };
  harness.run({source});
  EXPECT_TRUE(asked);
  EXPECT_NE(harness.telemetry().read_again_bytes.value(), 0u);
  const Status copied =
      harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough);
  ASSERT_FALSE(copied) << "reading again copied bytes in user space";
  EXPECT_NE(copied.error().what.find("user space"), std::string::npos) << copied.error().what;
}

}  // namespace
}  // namespace vyre::ingest
