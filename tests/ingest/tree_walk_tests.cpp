#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/owned_fd.hpp"
#include "ingest/tree_walk.hpp"
#include "tests/ingest/loop_device.hpp"

namespace vyre::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class TreeWalkTest : public ::testing::Test {
 protected:
  TreeWalkTest() {
    // Memory where there is some: a hundred thousand files take a disk many seconds.
    const std::filesystem::path memory = "/dev/shm";
    const bool fast = ::access(memory.c_str(), W_OK) == 0;
    std::string name =
        ((fast ? memory : std::filesystem::temp_directory_path()) / "vyre-walk-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    EXPECT_EQ(::chmod(name.c_str(), 0755), 0);
    root_ = name;
  }
  ~TreeWalkTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }
  void directory(const std::string& name) const { std::filesystem::create_directories(path(name)); }
  void file(const std::string& name, std::size_t size = 0) const {
    const base::OwnedFd descriptor(::open(path(name).c_str(), O_WRONLY | O_CREAT, 0644));
    ASSERT_TRUE(descriptor) << name;
    if (size > 0) {
      ASSERT_EQ(::ftruncate(descriptor.get(), static_cast<off_t>(size)), 0);
    }
  }

  std::vector<std::string> walk(std::vector<std::string> paths, std::size_t limit = 7,
                                std::size_t threads = 1) {
    TreeWalk tree(std::move(paths), [this](const std::string& where, const Error& error) {
      const std::lock_guard lock(mutex_);
      errors_.push_back(where + ": " + error.message());
    });
    std::vector<std::string> found;
    const auto take = [&] {
      std::vector<FileSource> batch;
      for (bool more = true; more;) {
        batch.clear();
        more = tree.next(batch, limit);
        EXPECT_LE(batch.size(), limit);
        const std::lock_guard lock(mutex_);
        for (const FileSource& source : batch) {
          found.push_back(source.path);
          bytes_ += source.size;
        }
      }
    };
    std::vector<std::thread> workers;
    for (std::size_t i = 0; i < threads; ++i) workers.emplace_back(take);
    for (std::thread& worker : workers) worker.join();
    EXPECT_EQ(tree.files(), found.size());
    std::sort(found.begin(), found.end());
    return found;
  }

  std::string root_;
  std::mutex mutex_;
  std::vector<std::string> errors_;
  std::uint64_t bytes_ = 0;
};

TEST_F(TreeWalkTest, FindsEveryFileHiddenOnesIncluded) {
  directory("a/b/.hidden");
  directory("a/empty");
  file("one", 5);
  file("a/.gitignore", 7);
  file("a/b/.hidden/two", 11);
  EXPECT_THAT(walk({root_}),
              ElementsAre(path("a/.gitignore"), path("a/b/.hidden/two"), path("one")));
  EXPECT_EQ(bytes_, 23u);
  EXPECT_THAT(errors_, IsEmpty());
}

TEST_F(TreeWalkTest, PrintsPathsAsTheyWereGiven) {
  directory("d");
  file("d/f");
  ASSERT_EQ(::chdir(root_.c_str()), 0);
  EXPECT_THAT(walk({"."}), ElementsAre("./d/f"));
  EXPECT_THAT(walk({"./"}), ElementsAre("./d/f"));
  EXPECT_THAT(walk({"d//"}), ElementsAre("d//f"));
  EXPECT_THAT(walk({}), ElementsAre("d/f"));
  EXPECT_THAT(walk({"d", "d/f", "d"}), ElementsAre("d/f", "d/f", "d/f"));
  ASSERT_EQ(::chdir("/"), 0);
}

TEST_F(TreeWalkTest, TakesNamesAsBytes) {
  for (const char* name : {"new\nline", "\xff\xfe", "-rf", " ", "[a,b]"}) file(name);
  EXPECT_THAT(walk({root_}), UnorderedElementsAre(path("new\nline"), path("\xff\xfe"), path("-rf"),
                                                  path(" "), path("[a,b]")));
}

TEST_F(TreeWalkTest, FollowsALinkOnlyWhereItWasGiven) {
  directory("real");
  file("real/f");
  ASSERT_EQ(::symlink("../real", path("real/loop").c_str()), 0);
  ASSERT_EQ(::symlink("real/f", path("file-link").c_str()), 0);
  ASSERT_EQ(::symlink("real", path("link").c_str()), 0);
  ASSERT_EQ(::symlink("self", path("self").c_str()), 0);
  EXPECT_THAT(walk({root_}), ElementsAre(path("real/f")));
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(walk({path("link"), path("file-link")}),
              ElementsAre(path("file-link"), path("link/f")));
  EXPECT_THAT(errors_, IsEmpty());
  EXPECT_THAT(walk({path("self")}), IsEmpty());
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("Too many levels of symbolic links")));
}

TEST_F(TreeWalkTest, SpecialFilesAreErrorsOnlyWhereGiven) {
  file("f");
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0644), 0);
  const base::OwnedFd socket(::socket(AF_UNIX, SOCK_STREAM, 0));
  sockaddr_un address{.sun_family = AF_UNIX, .sun_path = {}};
  path("socket").copy(address.sun_path, sizeof address.sun_path - 1);
  ASSERT_EQ(::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(walk({root_}), ElementsAre(path("f")));
  EXPECT_THAT(errors_, IsEmpty());
  walk({path("pipe"), path("socket"), "/dev/null", path("f")});
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("pipe: is a pipe"), HasSubstr("socket: is a socket"),
                                   HasSubstr("/dev/null: is a character device")));
}

TEST_F(TreeWalkTest, AGivenBlockDeviceIsFedWithItsSize) {
  file("disk", 1'024 * 1'024);
  const test::LoopDevice loop(path("disk"));
  if (!loop) GTEST_SKIP() << loop.reason();
  ASSERT_EQ(::symlink(loop.path().c_str(), path("link").c_str()), 0);
  TreeWalk tree({path("disk"), loop.path(), path("link")},
                [](const auto& where, const auto& error) {
                  ADD_FAILURE() << where << ": " << error.message();
                });
  std::vector<FileSource> sources;
  while (tree.next(sources, 10)) {
  }
  ASSERT_EQ(sources.size(), 3u);
  EXPECT_FALSE(sources[0].device);
  for (const FileSource& source : sources) EXPECT_EQ(source.size, 1'024u * 1'024);
  EXPECT_TRUE(sources[1].device);
  EXPECT_TRUE(sources[2].device);
  EXPECT_EQ(sources[2].path, path("link"));
  EXPECT_EQ(tree.files(), 3u);
}

TEST_F(TreeWalkTest, SourcesKnowWhichGivenPathTheyCameFrom) {
  directory("a/b");
  directory("c");
  file("a/b/one");
  file("a/two");
  file("c/three");
  file("four");
  TreeWalk tree({path("four"), path("a"), path("missing"), path("c"), path("a")},
                [](const auto&, const auto&) {});
  std::vector<FileSource> sources;
  while (tree.next(sources, 2)) {
  }
  std::vector<std::pair<std::string, std::uint32_t>> told;
  for (const FileSource& source : sources) told.emplace_back(source.path, source.origin);
  EXPECT_THAT(told,
              UnorderedElementsAre(std::pair(path("four"), 0u), std::pair(path("a/b/one"), 1u),
                                   std::pair(path("a/two"), 1u), std::pair(path("c/three"), 3u),
                                   std::pair(path("a/b/one"), 4u), std::pair(path("a/two"), 4u)));
}

TEST_F(TreeWalkTest, WhatCannotBeReadDoesNotStopTheRest) {
  directory("a");
  file("a/f");
  EXPECT_THAT(walk({path("missing"), path("a")}), ElementsAre(path("a/f")));
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("missing: stat: No such file or directory")));
}

TEST_F(TreeWalkTest, AnUnreadableDirectoryDoesNotStopTheRest) {
  directory("closed");
  directory("open");
  file("open/f");
  ASSERT_EQ(::chmod(path("closed").c_str(), 0), 0);
  // Root reads every directory.
  constexpr uid_t kNobody = 65534;
  const uid_t self = ::geteuid();
  if (self == 0) {
    ASSERT_EQ(::seteuid(kNobody), 0);
  }
  EXPECT_THAT(walk({root_}), ElementsAre(path("open/f")));
  EXPECT_THAT(errors_, ElementsAre(HasSubstr("closed: open directory: Permission denied")));
  ASSERT_EQ(::seteuid(self), 0);
}

TEST_F(TreeWalkTest, ReadsAHugeDirectoryInBatchesAndQuickly) {
  constexpr std::size_t kFiles = 100'000;
  for (std::size_t i = 0; i < kFiles; ++i) file(std::to_string(i));
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(walk({root_}, 64, 4).size(), kFiles);
  // Far above what it takes; far below what rereading the directory for each batch would.
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(20));
}

TEST_F(TreeWalkTest, ManyThreadsFindEachFileOnce) {
  std::vector<std::string> expected;
  for (int i = 0; i < 40; ++i) {
    for (int k = 0; k < 10; ++k) {
      const std::string folder = std::to_string(i) + "/" + std::to_string(k);
      directory(folder);
      for (int n = 0; n < k; ++n) {
        file(folder + "/" + std::to_string(n));
        expected.push_back(path(folder + "/" + std::to_string(n)));
      }
    }
  }
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(walk({root_}, 5, 8), expected);
}

TEST_F(TreeWalkTest, ADeepTreeNeedsFewDescriptors) {
  std::string folder = ".";
  for (int depth = 0; depth < 200; ++depth) {
    folder += "/d";
    directory(folder);
    for (int i = 0; i < 3; ++i) file(folder + "/" + std::to_string(i));
  }
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit few{.rlim_cur = 30, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &few), 0);
  EXPECT_EQ(walk({root_}, 2).size(), 600u);
  EXPECT_THAT(errors_, IsEmpty());
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
}

TEST_F(TreeWalkTest, StopsWhenAsked) {
  for (int i = 0; i < 100; ++i) file(std::to_string(i));
  TreeWalk tree({root_}, [](const std::string&, const Error&) {});
  std::vector<FileSource> batch;
  while (batch.empty() && tree.next(batch, 3)) continue;
  tree.stop();
  EXPECT_FALSE(tree.next(batch, 3));
  EXPECT_EQ(batch.size(), 3u);
}

}  // namespace
}  // namespace vyre::ingest
