#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <numeric>

#include "ingest/open_file.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::ingest {
namespace {

using test::noise;
using test::TemporaryTree;

TEST(OpenFile, ReadsAgainAtAnyOffsetUpToTheEnd) {
  const TemporaryTree tree;
  const std::string content = noise(10'000, 1);
  IngestTelemetry telemetry;
  {
    auto file = OpenFile::open(tree.add("file", content).path, IoPolicy::kBuffered, telemetry);
    ASSERT_TRUE(file) << file.error().message();
    EXPECT_EQ((*file)->current_size(), content.size());
    for (const std::size_t offset : {0u, 1u, 4096u, 9'999u, 10'000u, 20'000u}) {
      std::string target(3'000, '\0');
      const auto count = (*file)->read_again(offset, target);
      ASSERT_TRUE(count);
      EXPECT_EQ(target.substr(0, *count),
                offset < content.size() ? content.substr(offset, 3'000) : "");
    }
    std::string target(1, '\0');
    EXPECT_FALSE((*file)->read_again(~std::uint64_t{0} - 10, target));
  }
  EXPECT_EQ(telemetry.opens.value(), 1u);
  EXPECT_EQ(telemetry.closes.value(), 1u);
  EXPECT_EQ(telemetry.read_again_bytes.value(), 3'000u + 3'000u + 3'000u + 1u);
}

TEST(OpenFile, WhatIsNoRegularFileIsNamed) {
  const TemporaryTree tree;
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  const base::OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, tree.path("socket").c_str(), sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  const std::pair<std::string, std::string> kinds[] = {
      {tree.path("fifo"), "FIFO"},
      {tree.path("socket"), "socket"},
      {"/dev/zero", "character device"},
      {tree.path(""), "directory"},
  };
  for (const auto& [path, kind] : kinds) {
    IngestTelemetry telemetry;
    auto file = OpenFile::open(path, IoPolicy::kAuto, telemetry);
    ASSERT_FALSE(file) << path;
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
    EXPECT_NE(file.error().what.find(kind), std::string::npos) << file.error().what;
    EXPECT_EQ(telemetry.opens_failed.value(), 1u);
    EXPECT_EQ(telemetry.opens.value(), telemetry.closes.value());
  }
}

TEST(OpenFile, AMissingFileIsItsErrno) {
  const TemporaryTree tree;
  IngestTelemetry telemetry;
  auto file = OpenFile::open(tree.path("missing"), IoPolicy::kAuto, telemetry);
  ASSERT_FALSE(file);
  EXPECT_EQ(file.error().code, ErrorCode::kSyscall);
  EXPECT_EQ(file.error().detail, ENOENT);
}

TEST(OpenFile, SmallFilesAreBufferedByDefault) {
  const TemporaryTree tree;
  IngestTelemetry telemetry;
  auto file = OpenFile::open(tree.add("small", noise(5'000, 2)).path, IoPolicy::kAuto, telemetry);
  ASSERT_TRUE(file);
  EXPECT_FALSE((*file)->direct());
  EXPECT_EQ(telemetry.direct_refused.value(), 0u);
}

TEST(OpenFile, BigFilesGoDirectOnlyWhereTheyAreNotCached) {
  const TemporaryTree tree;
  const FileSource source = tree.add("big", noise(kDirectMinimumBytes, 3));
  IngestTelemetry telemetry;
  {
    auto cached = OpenFile::open(source.path, IoPolicy::kAuto, telemetry);
    ASSERT_TRUE(cached);
    EXPECT_FALSE((*cached)->direct()) << "the file was just written";
  }
  const base::OwnedFd descriptor(::open(source.path.c_str(), O_RDWR));
  ASSERT_EQ(::fsync(descriptor.get()), 0);
  ASSERT_EQ(::posix_fadvise(descriptor.get(), 0, 0, POSIX_FADV_DONTNEED), 0);
  auto file = OpenFile::open(source.path, IoPolicy::kAuto, telemetry);
  ASSERT_TRUE(file);
  if (!(*file)->direct()) GTEST_SKIP() << "no O_DIRECT in /tmp, or no cachestat in this kernel";
  EXPECT_TRUE((*file)->fall_back_to_buffered());
  EXPECT_FALSE((*file)->direct());
  EXPECT_FALSE((*file)->fall_back_to_buffered());
  EXPECT_EQ(telemetry.direct_refused.value(), 1u);
}

TEST(OpenFile, ForcedDirectIsGivenOrRefusedLoudly) {
  IngestTelemetry telemetry;
  // procfs has no O_DIRECT.
  auto refused = OpenFile::open("/proc/self/status", IoPolicy::kDirect, telemetry);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable) << refused.error().message();
  EXPECT_EQ(telemetry.opens.value(), telemetry.closes.value());
  const TemporaryTree tree;
  auto given = OpenFile::open(tree.add("file", "text").path, IoPolicy::kDirect, telemetry);
  if (!given) GTEST_SKIP() << "the file system of /tmp has no O_DIRECT";
  EXPECT_TRUE((*given)->direct());
  EXPECT_FALSE((*given)->fall_back_to_buffered()) << "what is forced does not fall back";
}

}  // namespace
}  // namespace vyre::ingest
