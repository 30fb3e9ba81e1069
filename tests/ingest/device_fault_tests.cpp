#include <gtest/gtest.h>

#include <cerrno>
#include <map>
#include <random>
#include <set>
#include <utility>

#include "ingest/device_reads.hpp"
#include "tests/ingest/device_harness.hpp"

// Devices that fail: some of their blocks, some of their commands, or altogether.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DeviceHarness;
using test::Fault;
using uring::Submission;

constexpr u32 kBlock = 512;

test::CommandFields fields_of(const Submission& submission) {
  return test::decode(std::as_bytes(std::span(submission.command, 1)));
}

/// Answers as a device with bad blocks would.
auto media_errors(const std::set<u64>& bad, u16 status = 0x281) {
  return [&bad, status](const Submission& submission) {
    const auto fields = fields_of(submission);
    const auto first = bad.lower_bound(fields.lba);
    const bool hit = first != bad.end() && *first < fields.lba + fields.blocks;
    return Fault{.status = hit ? status : u16{0}};
  };
}

std::string with_holes(std::string content, const std::set<u64>& bad, u64 first_block = 0) {
  for (const u64 block : bad) {
    if (block < first_block) continue;
    const u64 at = (block - first_block) * kBlock;
    if (at < content.size()) content.replace(at, kBlock, kBlock, '\0');
  }
  return content;
}

std::set<u64> run_of(u64 first, u64 count) {
  std::set<u64> blocks;
  for (u64 i = 0; i < count; ++i) blocks.insert(first + i);
  return blocks;
}

std::vector<std::string> messages(const Delivered& file) {
  std::vector<std::string> all;
  for (const Error& error : file.earlier_errors) all.push_back(error.what);
  if (file.error) all.push_back(file.error->what);
  return all;
}

TEST(BadMedia, CostsItsOwnBlocksAndOneErrorARun) {
  const test::SimulatedDisk disk(kBlock, 1000, 4096);
  struct Case {
    std::set<u64> bad;
    std::vector<std::string> runs;
  };
  // Slots of 16 KiB own 16 blocks beside halos of 8: each block here lies in the halo of another
  // chunk, or not, or a run crosses from one chunk to the next.
  for (const auto& [bad, runs] :
       {Case{{500}, {"LBA 500"}}, Case{{0}, {"LBA 0"}}, Case{{999}, {"LBA 999"}},
        Case{{15, 16}, {"LBA 15 to 16"}}, Case{{7, 9, 11}, {"LBA 7", "LBA 9", "LBA 11"}},
        Case{run_of(300, 100), {"LBA 300 to 399"}}, Case{run_of(0, 1000), {"LBA 0 to 999"}}}) {
    SCOPED_TRACE(runs.front());
    for (const u32 command_bytes : {4096u, 128u * 1024}) {
      DeviceHarness harness(disk, {.slots = 4, .command_bytes = command_bytes});
      harness.faults->shuffle(bad.size());
      harness.faults->fault = media_errors(bad);
      const Delivered file = harness.run({disk.source()}).at(disk.path());
      EXPECT_TRUE(file.content == with_holes(disk.content(), bad));
      EXPECT_EQ(file.ends, 1u);
      const auto said = messages(file);
      ASSERT_EQ(said.size(), runs.size());
      for (std::size_t i = 0; i < runs.size(); ++i) {
        EXPECT_NE(said[i].find("reading " + runs[i] + ":"), std::string::npos) << said[i];
        EXPECT_NE(said[i].find("Unrecovered Read Error"), std::string::npos) << said[i];
      }
      EXPECT_GE(harness.telemetry().bad_blocks.value(), bad.size());
      EXPECT_NE(harness.telemetry().reads_split.value(), 0u);
      EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
      EXPECT_FALSE(harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough));
    }
  }
}

TEST(BadMedia, RunsEndWhereTheReasonChanges) {
  const test::SimulatedDisk disk(kBlock, 100, 4096);
  DeviceHarness harness(disk);
  harness.faults->fault = [](const Submission& submission) {
    const auto fields = fields_of(submission);
    if (fields.blocks > 1) return Fault{.status = 0x281};
    return Fault{.status = fields.lba == 4 ? u16{0x281} : fields.lba == 5 ? u16{0x4282} : u16{0}};
  };
  const auto said = messages(harness.run({disk.source()}).at(disk.path()));
  ASSERT_EQ(said.size(), 2u);
  EXPECT_NE(said[0].find("LBA 4: the device says: Unrecovered"), std::string::npos) << said[0];
  EXPECT_NE(said[1].find("LBA 5: the device says: End-to-end Guard"), std::string::npos) << said[1];
}

TEST(BadMedia, IsNamedByItsPlaceOnTheDevice) {
  const test::SimulatedDisk disk(kBlock, 1000, 4096);
  const std::set<u64> bad{600};
  DeviceHarness harness(disk);
  harness.faults->fault = media_errors(bad);
  FileSource source = disk.source();
  source.blocks = BlockRange{599, 100};
  const Delivered file = harness.run({source}).at(disk.path());
  EXPECT_TRUE(file.content ==
              with_holes(disk.content().substr(599 * kBlock, 100 * kBlock), bad, 599));
  ASSERT_TRUE(file.error);
  EXPECT_NE(file.error->what.find("LBA 600:"), std::string::npos) << file.error->what;
  EXPECT_EQ(file.error->detail, ENODATA);
}

TEST(BadMedia, AFileEndsWithAnErrorWhereRunsAreNotPacked) {
  const test::SimulatedDisk disk(kBlock, 2000, 4096);
  const std::set<u64> bad{3};
  DeviceHarness harness(disk, {.slot_bytes = 128 * 1024, .placement = Placement::kSeparate});
  harness.faults->fault = media_errors(bad);
  const Delivered file = harness.run({disk.source()}).at(disk.path());
  EXPECT_TRUE(file.error);
  EXPECT_TRUE(file.content == with_holes(disk.content(), bad));
}

TEST(BadMedia, ThatNeverEndsIsGivenUp) {
  const u64 blocks = DeviceReads::kMostBadBlocks + 5000;
  const test::SimulatedDisk disk(kBlock, blocks, 128 * 1024);
  const std::set<u64> bad = run_of(0, blocks);
  DeviceHarness harness(disk, {.slots = 4,
                               .slot_bytes = 512 * 1024,
                               .ring = {.entries = 512, .file_slots = 16},
                               .keep_content = false});
  harness.faults->fault = media_errors(bad);
  const Delivered file = harness.run({disk.source()}).at(disk.path());
  ASSERT_TRUE(file.error);
  EXPECT_NE(file.error->what.find("65536"), std::string::npos) << file.error->what;
  EXPECT_LT(file.bytes, disk.content().size());
}

TEST(FailingDevice, EndsItsSourceWithOneCleanErrorWhereItStopped) {
  const test::SimulatedDisk disk(kBlock, 4000, 4096);
  struct Case {
    Fault fault;
    int detail;
    const char* what;
  };
  for (const auto& [fault, detail, what] :
       {Case{{.result = -ENODEV}, ENODEV, "the device is gone"},
        Case{{.result = -ENXIO}, ENXIO, "the device is gone"},
        Case{{.result = -EINTR}, EINTR, "Interrupted"},
        Case{{.result = -EINVAL}, EINVAL, "Invalid argument"},
        Case{{.result = -EOPNOTSUPP}, EOPNOTSUPP, "not supported"},
        Case{{.result = -EFAULT}, EFAULT, "Bad address"},
        Case{{.result = -EACCES}, EACCES, "denied"},
        Case{{.result = -EIO}, EIO, "every block fails"},
        Case{{.status = 0x4080}, EIO, "LBA Out of Range (SCT 0, SC 0x80, do not retry)"},
        Case{{.status = 0x4001}, EIO, "Invalid Command Opcode"},
        Case{{.status = 0x0006}, EIO, "Internal Error"},
        Case{{.status = 0x0371}, EIO, "Command Aborted By Host"},
        Case{{.status = 0x4371}, EIO, "Command Aborted By Host"}}) {
    SCOPED_TRACE(what);
    constexpr u64 kGone = 1232;
    DeviceHarness harness(disk, {.slots = 6,
                                 .slot_bytes = 64 * 1024,
                                 .ring = {.entries = 256, .file_slots = 16},
                                 .command_bytes = 4096});
    harness.faults->shuffle(static_cast<u64>(detail));
    harness.faults->fault = [&, failure = fault](const Submission& submission) {
      if (submission.command == nullptr) return Fault{};
      const auto fields = fields_of(submission);
      return fields.lba + fields.blocks > kGone ? failure : Fault{};
    };
    const FileSource next = disk.tree.add("next", test::noise(3000, 1));
    const auto& delivered = harness.run({disk.source(), next});
    const Delivered& file = delivered.at(disk.path());
    ASSERT_TRUE(file.error);
    EXPECT_TRUE(file.earlier_errors.empty());
    EXPECT_EQ(file.error->detail, detail) << file.error->message();
    EXPECT_NE(file.error->what.find(what), std::string::npos) << file.error->what;
    EXPECT_NE(file.error->what.find("LBA 12"), std::string::npos) << file.error->what;
    EXPECT_EQ(file.ends, 1u);
    EXPECT_LE(file.content.size(), kGone * kBlock);
    EXPECT_GE(file.content.size(), (kGone - 8) * kBlock);
    EXPECT_TRUE(disk.content().compare(0, file.content.size(), file.content) == 0);
    EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
    EXPECT_EQ(harness.faults->commands_in_flight, 0u);
    EXPECT_TRUE(delivered.at(next.path).content == test::noise(3000, 1)) << "the next one is read";
  }
}

TEST(FailingDevice, ThatGoesWhileBadBlocksAreSoughtTellsThoseFound) {
  const test::SimulatedDisk disk(kBlock, 1000, 4096);
  // With few reads at a time, some of the failed read's blocks are not asked for any more.
  for (const u32 entries : {2u, 32u}) {
    DeviceHarness harness(disk,
                          {.ring = {.entries = entries, .file_slots = 16}, .command_bytes = 4096});
    harness.faults->shuffle(entries);
    // The read of blocks 64 to 71 fails for the sake of 66; then 69 cannot be read any more.
    bool whole = false;
    harness.faults->fault = [&](const Submission& submission) {
      const auto fields = fields_of(submission);
      const bool first = fields.lba == 64 && fields.blocks == 8 && !std::exchange(whole, true);
      if (first || (fields.lba == 66 && fields.blocks == 1)) return Fault{.status = 0x281};
      return Fault{.result = fields.lba + fields.blocks > 69 ? -ENODEV : 0};
    };
    const Delivered file = harness.run({disk.source()}).at(disk.path());
    EXPECT_TRUE(file.content == with_holes(disk.content().substr(0, 69 * kBlock), {66}))
        << file.content.size() / kBlock;
    const auto said = messages(file);
    ASSERT_EQ(said.size(), 2u);
    EXPECT_NE(said[0].find("LBA 66: the device says: Unrecovered"), std::string::npos) << said[0];
    EXPECT_NE(said[1].find("the device is gone"), std::string::npos) << said[1];
  }
}

TEST(FailingDevice, IsNotAskedForWhatLiesBehind) {
  const test::SimulatedDisk disk(kBlock, 40'000, 4096);
  DeviceHarness harness(disk, {.slots = 4,
                               .slot_bytes = 512 * 1024,
                               .ring = {.entries = 16, .file_slots = 16},
                               .command_bytes = 4096});
  harness.faults->fault = [&](const Submission&) { return Fault{.result = -ENODEV}; };
  const Delivered file = harness.run({disk.source()}).at(disk.path());
  EXPECT_EQ(file.error->detail, ENODEV);
  EXPECT_TRUE(file.content.empty());
  EXPECT_LE(harness.faults->commands, 64u) << "of 2000 that four chunks take";
}

TEST(FailingDevice, ThatFailedForAMomentIsAskedAgain) {
  const test::SimulatedDisk disk(kBlock, 1000, 4096);
  for (const Fault& moment :
       {Fault{.result = -EINTR}, Fault{.result = -EAGAIN}, Fault{.status = 0x371},
        Fault{.status = 0x82}, Fault{.status = 0x22}}) {
    DeviceHarness harness(disk);
    harness.faults->shuffle(1);
    std::map<u64, u32> asked;
    harness.faults->fault = [&](const Submission& submission) {
      const u64 lba = fields_of(submission).lba;
      return lba % 3 == 0 && ++asked[lba] <= 2 ? moment : Fault{};
    };
    const Delivered file = harness.run({disk.source()}).at(disk.path());
    EXPECT_FALSE(file.error) << file.error->message();
    EXPECT_TRUE(file.content == disk.content());
    EXPECT_TRUE(harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough));
  }
}

TEST(FailingDevice, AWholeCommandOfBadBlocksIsNotTheDevicesEnd) {
  const test::SimulatedDisk disk(kBlock, 1000, 4096);
  const std::set<u64> bad = run_of(96, 16);
  DeviceHarness harness(disk);
  harness.faults->fault = media_errors(bad);
  const Delivered file = harness.run({disk.source()}).at(disk.path());
  EXPECT_TRUE(file.content == with_holes(disk.content(), bad));
}

TEST(FailingDevice, WhateverFailsNothingIsLostOrInvented) {
  std::random_device seed_source;
  for (int round = 0; round < 30; ++round) {
    const u64 seed = seed_source();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const u64 blocks = 1 + random() % 3000;
    const test::SimulatedDisk disk(kBlock, blocks, 512u << (random() % 6));
    std::set<u64> bad;
    for (u64 i = random() % 20; i != 0; --i) bad.merge(run_of(random() % blocks, random() % 12));
    bad.erase(bad.lower_bound(blocks), bad.end());
    const u32 slots = 2 + static_cast<u32>(random() % 5);
    DeviceHarness harness(disk, {.slots = slots,
                                 .slot_bytes = 16384u + 4096u * static_cast<u32>(random() % 16),
                                 .seed = seed,
                                 .command_bytes = 4096u << (random() % 4)});
    harness.faults->shuffle(seed);
    const auto media = media_errors(bad);
    harness.faults->fault = [&](const Submission& submission) {
      if (random() % 7 == 0) return Fault{.status = 0x371};
      return media(submission);
    };
    const Delivered file = harness.run({disk.source()}).at(disk.path());
    // A command may meet bad luck often enough to end its source, and then says so.
    const bool ended = file.content.size() < disk.content().size();
    EXPECT_EQ(ended, file.error && file.error->what.find("Aborted") != std::string::npos);
    EXPECT_TRUE(with_holes(disk.content(), bad).compare(0, file.content.size(), file.content) == 0);
    EXPECT_EQ(file.error.has_value(), ended || !bad.empty());
    EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
  }
}

TEST(CancelledDevice, EndsWithReadsPlannedAndUnderWay) {
  const test::SimulatedDisk disk(kBlock, 40'000, 4096);
  const std::set<u64> bad = run_of(0, 2000);
  DeviceHarness harness(disk, {.slots = 4,
                               .slot_bytes = 512 * 1024,
                               .ring = {.entries = 16, .file_slots = 16},
                               .command_bytes = 4096});
  harness.faults->fault = media_errors(bad);
  harness.driver->add(disk.source());
  for (int i = 0; i < 5; ++i) {
    ASSERT_TRUE(harness.driver->submit());
    ASSERT_TRUE(harness.driver->poll());
  }
  ASSERT_TRUE(harness.driver->submit());
  EXPECT_NE(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
  ASSERT_TRUE(harness.driver->cancel());
  EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
  EXPECT_EQ(harness.faults->commands_in_flight, 0u);
}

TEST(LostCompletion, IsNotZeroCopy) {
  const test::SimulatedDisk disk(kBlock, 64, 4096);
  DeviceHarness harness(disk, {.slot_bytes = 64 * 1024, .command_bytes = 4096});
  harness.faults->fault = [&](const Submission& submission) {
    return Fault{.hold = fields_of(submission).lba == 8};
  };
  harness.driver->add(disk.source());
  harness.driver->finish_feed();
  for (int i = 0; i < 100 && harness.faults->commands_in_flight != 1; ++i) {
    ASSERT_TRUE(harness.driver->submit());
    ASSERT_TRUE(harness.driver->wait(std::chrono::milliseconds(5)));
    ASSERT_TRUE(harness.driver->poll());
  }
  EXPECT_FALSE(harness.driver->finished());
  EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 1u);
  const Status lost = harness.telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough);
  ASSERT_FALSE(lost);
  EXPECT_NE(lost.error().what.find("of 8 reads by nvme-passthrough 7 completed"), std::string::npos)
      << lost.error().what;
  ASSERT_TRUE(harness.driver->cancel());
  EXPECT_EQ(harness.telemetry().in_flight(ReadPath::kNvmePassthrough), 0u);
}

}  // namespace
}  // namespace vyre::ingest
