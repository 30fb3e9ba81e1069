#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <fstream>
#include <sstream>

#include "ingest/chunk_plan.hpp"
#include "tests/ingest/driver_harness.hpp"
#include "tests/ingest/temporary_tree.hpp"

// Files that change, lie about themselves, or are no files.
namespace vyre::ingest {
namespace {

using test::Delivered;
using test::DriverHarness;
using test::kSmallSlot;
using test::noise;
using test::TemporaryTree;

std::string content_of(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(HostileFiles, AMissingFileIsReportedOnceAmongTheOthers) {
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("a", "first"),
                                      {tree.path("missing-small"), 100},
                                      tree.add("b", "second"),
                                      {tree.path("missing-big"), 1'000'000},
                                      tree.add("c", "third")};
  DriverHarness harness;
  const auto& delivered = harness.run(files);
  ASSERT_EQ(delivered.size(), 5u);
  for (const char* name : {"missing-small", "missing-big"}) {
    const Delivered& missing = delivered.at(tree.path(name));
    ASSERT_TRUE(missing.error) << name;
    EXPECT_EQ(missing.error->detail, ENOENT);
    EXPECT_EQ(missing.ends, 1u);
    EXPECT_TRUE(missing.content.empty());
  }
  EXPECT_EQ(delivered.at(files[0].path).content, "first");
  EXPECT_EQ(delivered.at(files[2].path).content, "second");
  EXPECT_EQ(delivered.at(files[4].path).content, "third");
  EXPECT_EQ(harness.telemetry().opens_failed.value(), 2u);
}

TEST(HostileFiles, SizesThatAreNotTrueAnyMore) {
  const TemporaryTree tree;
  for (const std::size_t actual : {0u, 1u, 500u, 4'096u, 4'097u, 30'000u, 200'000u}) {
    for (const u64 told : {u64{0}, u64{1}, u64{499}, u64{5'000}, u64{kSmallSlot}, u64{1'000'000},
                           u64{1} << 40, ~u64{0}}) {
      SCOPED_TRACE(std::to_string(actual) + " told as " + std::to_string(told));
      const std::string content = noise(actual, actual);
      const FileSource source{tree.add("file", content).path, told};
      DriverHarness harness;
      const auto& delivered = harness.run({source});
      ASSERT_EQ(delivered.size(), 1u);
      EXPECT_TRUE(delivered.at(source.path).content == content);
      EXPECT_FALSE(delivered.at(source.path).error);
      EXPECT_EQ(delivered.at(source.path).ends, 1u);
    }
  }
}

TEST(HostileFiles, AFileThatGrowsWhileItIsReadIsReadToItsNewEnd) {
  const TemporaryTree tree;
  for (const u32 more : {1u, 4'096u, 16'384u, 100'000u}) {
    SCOPED_TRACE(more);
    std::string content = noise(60'000, more);
    const FileSource source = tree.add("log", content);
    const FileSource after = tree.add("after", "behind it");
    DriverHarness harness;
    bool grown = false;
    harness.on_filled = [&](const SlotChunk&) {
      if (std::exchange(grown, true)) return;
      const std::string tail = noise(more, more + 1);
      tree.append(source.path, tail);
      content += tail;
    };
    const auto& delivered = harness.run({source, after});
    const Delivered& log = delivered.at(source.path);
    EXPECT_FALSE(log.error);
    EXPECT_EQ(log.ends, 1u);
    // The end may have been read before the growth; what was delivered is a prefix all the same.
    EXPECT_GE(log.content.size(), 60'000u);
    EXPECT_TRUE(content.compare(0, log.content.size(), log.content) == 0);
    EXPECT_EQ(delivered.at(after.path).content, "behind it");
  }
}

TEST(HostileFiles, AFileThatGrowsBeforeEveryReadOfItsEndEndsOnceItStops) {
  const TemporaryTree tree;
  std::string content = noise(own_bytes(kSmallSlot), 1);
  const FileSource source = tree.add("log", content);
  DriverHarness harness;
  u32 left = 20;
  harness.faults->fault = [&](const uring::Submission& submission) {
    if (submission.operation == uring::Operation::kReadFixed && left != 0) {
      --left;
      const std::string tail = noise(kSmallSlot, left);
      tree.append(source.path, tail);
      content += tail;
    }
    return test::Fault{};
  };
  const auto& delivered = harness.run({{source.path, kSmallSlot}});
  EXPECT_EQ(left, 0u);
  EXPECT_TRUE(delivered.at(source.path).content == content);
  EXPECT_EQ(delivered.at(source.path).ends, 1u);
}

TEST(HostileFiles, AFileThatShrinksWhileItIsReadEndsAtItsNewEnd) {
  const TemporaryTree tree;
  for (const u32 kept : {0u, 1u, 8'192u, 20'000u, 59'999u}) {
    SCOPED_TRACE(kept);
    const std::string content = noise(60'000, kept);
    const FileSource source = tree.add("shrinking", content);
    DriverHarness harness;
    u32 reads = 0;
    harness.faults->fault = [&](const uring::Submission&) {
      if (++reads == 3) {
        EXPECT_EQ(::truncate(source.path.c_str(), kept), 0);
      }
      return test::Fault{};
    };
    const auto& delivered = harness.run({source, tree.add("after", "behind it")});
    const Delivered& file = delivered.at(source.path);
    EXPECT_FALSE(file.error);
    EXPECT_EQ(file.ends, 1u);
    EXPECT_GE(file.content.size(), kept);
    EXPECT_TRUE(content.compare(0, file.content.size(), file.content) == 0);
    EXPECT_EQ(delivered.at(tree.path("after")).content, "behind it");
  }
}

TEST(HostileFiles, ProcFilesOfSizeZeroHaveTheirContent) {
  const std::vector<FileSource> files{{"/proc/version", 0},
                                      {"/proc/filesystems", 0},
                                      {"/proc/cpuinfo", 0},
                                      {"/proc/iomem", 0},
                                      {"/proc/cmdline", 0}};
  DriverHarness harness;
  const auto& delivered = harness.run(files);
  for (const FileSource& source : files) {
    if (::access(source.path.c_str(), R_OK) != 0) continue;
    const Delivered& file = delivered.at(source.path);
    EXPECT_FALSE(file.error) << source.path << ": " << file.error->message();
    EXPECT_EQ(file.ends, 1u);
    if (source.path == "/proc/cpuinfo") {
      EXPECT_FALSE(file.content.empty());
    } else {
      EXPECT_TRUE(file.content == content_of(source.path)) << source.path;
    }
  }
}

TEST(HostileFiles, WhatIsNoRegularFileIsAnErrorThatSaysWhatItIs) {
  const TemporaryTree tree;
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  ASSERT_EQ(::mkdir(tree.path("directory").c_str(), 0700), 0);
  const base::OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  tree.path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  for (const u64 told : {u64{0}, u64{100}, u64{1'000'000}}) {
    const std::vector<FileSource> files{
        {tree.path("fifo"), told},   tree.add("a", "text"), {tree.path("directory"), told},
        {tree.path("socket"), told}, {"/dev/null", told},   {"/dev/zero", told},
        tree.add("b", "more")};
    DriverHarness harness;
    const auto& delivered = harness.run(files);
    ASSERT_EQ(delivered.size(), files.size());
    for (const FileSource& source : files) {
      const Delivered& file = delivered.at(source.path);
      EXPECT_EQ(file.ends, 1u);
      const bool regular = source.path == tree.path("a") || source.path == tree.path("b");
      EXPECT_EQ(file.error.has_value(), !regular) << source.path << " told as " << told;
      EXPECT_EQ(file.content.empty(), !regular) << source.path;
    }
  }
}

TEST(HostileFiles, AFifoWithAWriterIsNotWaitedFor) {
  const TemporaryTree tree;
  const std::string fifo = tree.path("fifo");
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  const base::OwnedFd both(::open(fifo.c_str(), O_RDWR));
  // Where reads can be asked not to wait, and on a file system where they cannot.
  for (const int refusal : {0, -EOPNOTSUPP}) {
    for (const u64 told : {u64{0}, u64{10}}) {
      DriverHarness harness;
      harness.faults->fault = [&](const uring::Submission& submission) {
        return test::Fault{.result = submission.no_wait ? refusal : 0};
      };
      const auto& delivered = harness.run({{fifo, told}, tree.add("file", "text")});
      ASSERT_TRUE(delivered.at(fifo).error);
      EXPECT_NE(delivered.at(fifo).error->what.find("FIFO"), std::string::npos)
          << delivered.at(fifo).error->what;
      EXPECT_EQ(delivered.at(tree.path("file")).content, "text");
    }
  }
}

TEST(HostileFiles, NamesMayHoldAnyByte) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (const std::string name : {"new\nline", "invalid \xFF\xC0\x80 utf-8", " ", "tab\t", "-e",
                                 "\x01\x1b[31m", "quote'\"", "back\\slash"}) {
    files.push_back(tree.add(name, "content of " + name));
    files.push_back(tree.add(name + "big", noise(50'000, name.size())));
  }
  std::string name_max(255, 'n');
  files.push_back(tree.add(name_max, "long"));
  DriverHarness harness;
  const auto& delivered = harness.run(files);
  for (const FileSource& source : files) {
    EXPECT_TRUE(delivered.at(source.path).content == content_of(source.path)) << source.path;
  }
}

TEST(HostileFiles, NamesThatNoFileCanHaveAreErrors) {
  const TemporaryTree tree;
  const std::string nul = tree.path(std::string("a\0b", 3));
  const std::string too_long = tree.path(std::string(300, 'x'));
  const std::string deep(5'000, '/');
  DriverHarness harness;
  const auto& delivered =
      harness.run({{nul, 4}, {too_long, 4}, {deep, 4}, {"", 4}, tree.add("a", "text")});
  ASSERT_EQ(delivered.size(), 5u);
  EXPECT_EQ(delivered.at(nul).error->code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(delivered.at(too_long).error->detail, ENAMETOOLONG);
  EXPECT_EQ(delivered.at(deep).error->detail, ENAMETOOLONG);
  EXPECT_EQ(delivered.at("").error->detail, ENOENT);
  EXPECT_EQ(delivered.at(tree.path("a")).content, "text");
}

TEST(HostileFiles, ASparseFileOfFiveGigabytesIsTiledWhole) {
  const TemporaryTree tree;
  constexpr u64 kBytes = (u64{5} << 30) + 12'345;
  const FileSource source{tree.add("sparse", "begin").path, kBytes};
  ASSERT_EQ(::truncate(source.path.c_str(), static_cast<off_t>(kBytes)), 0);
  DriverHarness harness(
      {.slots = 4, .slot_bytes = 4u << 20, .policy = IoPolicy::kAuto, .keep_content = false});
  const auto& delivered = harness.run({source});
  EXPECT_EQ(delivered.at(source.path).bytes, kBytes);
  EXPECT_EQ(delivered.at(source.path).ends, 1u);
  EXPECT_FALSE(delivered.at(source.path).error);
}

}  // namespace
}  // namespace vyre::ingest
