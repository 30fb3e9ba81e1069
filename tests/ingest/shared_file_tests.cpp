#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <filesystem>

#include "ingest/open_file.hpp"
#include "ingest/shared_file.hpp"
#include "tests/ingest/temporary_tree.hpp"

namespace vyre::ingest {
namespace {

using test::noise;
using test::TemporaryTree;

std::shared_ptr<const SharedFile> share(const std::string& path) {
  auto file = SharedFile::open(path);
  EXPECT_TRUE(file) << file.error().message();
  return *file;
}

/// The file's own content, whoever has its path.
void expect_reads(const OpenFile& file, const std::string& content) {
  std::string target(content.size() + 1, '\0');
  const auto count = file.read_again(0, target);
  ASSERT_TRUE(count);
  target.resize(*count);
  EXPECT_TRUE(target == content);
}

TEST(SharedFile, WhatIsNoRegularFileIsRefused) {
  const TemporaryTree tree;
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  for (const std::string& path : {tree.path("fifo"), tree.path(""), std::string("/dev/zero")}) {
    const auto file = SharedFile::open(path);
    ASSERT_FALSE(file);
    EXPECT_EQ(file.error().code, ErrorCode::kInvalidArgument);
  }
  EXPECT_EQ(SharedFile::open(tree.path("missing")).error().detail, ENOENT);
}

TEST(SharedFile, IsReadByItsPartsWhateverItsPathIsNow) {
  for (const IoPolicy policy : {IoPolicy::kBuffered, IoPolicy::kAuto, IoPolicy::kDirect}) {
    for (const bool replaced : {false, true}) {
      const TemporaryTree tree;
      const std::string content = noise(3 * kTileBytes, 1);
      const std::string path = tree.add("file", content).path;
      IngestTelemetry telemetry;
      const bool direct = OpenFile::open(path, policy, telemetry).has_value();
      const auto shared = share(path);
      std::filesystem::remove(path);
      if (replaced) tree.add("file", noise(9 * kTileBytes, 2));
      const auto file = OpenFile::open(path, policy, telemetry, shared);
      ASSERT_EQ(file.has_value(), direct);
      if (!file) continue;
      EXPECT_EQ((*file)->current_size(), content.size());
      expect_reads(**file, content);
    }
  }
}

// Not what is cached by the time that a part is opened.
TEST(SharedFile, SaysHowAllOfItsPartsAreRead) {
  const TemporaryTree tree;
  const std::string path = tree.add("big", {}).path;
  std::filesystem::resize_file(path, kDirectMinimumBytes);
  IngestTelemetry telemetry;
  const bool takes_direct = OpenFile::open(path, IoPolicy::kDirect, telemetry).has_value();
  for (const std::optional<bool> uncached :
       {std::optional(true), std::optional(false), std::optional<bool>()}) {
    auto shared = std::make_shared<SharedFile>();
    auto descriptor = open_regular_file(path);
    ASSERT_TRUE(descriptor);
    shared->descriptor = std::move(*descriptor);
    shared->uncached = uncached;
    const auto file = OpenFile::open(path, IoPolicy::kAuto, telemetry, shared);
    ASSERT_TRUE(file);
    EXPECT_EQ((*file)->direct(), takes_direct && uncached.value_or(false));
  }
}

TEST(SharedFile, IsRefusedDirectReadsOnceHoweverManyPartsFallBack) {
  const TemporaryTree tree;
  const std::string path = tree.add("big", {}).path;
  std::filesystem::resize_file(path, kDirectMinimumBytes);
  const auto shared = share(path);
  IngestTelemetry telemetry;
  {
    const auto first = OpenFile::open(path, IoPolicy::kAuto, telemetry, shared);
    const auto second = OpenFile::open(path, IoPolicy::kAuto, telemetry, shared);
    ASSERT_TRUE(first && second);
    if (!(*first)->direct()) GTEST_SKIP() << "no O_DIRECT in /tmp, or no cachestat in this kernel";
    EXPECT_TRUE((*first)->fall_back_to_buffered());
    EXPECT_TRUE((*second)->direct());
    EXPECT_FALSE((*second)->fall_back_to_buffered()) << "it is told already";
    EXPECT_FALSE((*second)->direct());
  }
  EXPECT_EQ(telemetry.direct_refused.value(), 1u);
  EXPECT_EQ(telemetry.opens.value(), 4u);
  EXPECT_EQ(telemetry.closes.value(), 4u);
}

TEST(SharedFile, IsReadByItsOwnDescriptorWhereThereIsNoOther) {
  const TemporaryTree tree;
  const std::string content = noise(kTileBytes, 1);
  const auto shared = share(tree.add("file", content).path);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit none{0, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
  IngestTelemetry telemetry;
  {
    const auto file = OpenFile::open(tree.path("file"), IoPolicy::kBuffered, telemetry, shared);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    ASSERT_TRUE(file) << file.error().message();
    expect_reads(**file, content);
  }
  EXPECT_EQ(telemetry.opens.value(), 0u);
  EXPECT_EQ(telemetry.closes.value(), 0u);
}

}  // namespace
}  // namespace vyre::ingest
