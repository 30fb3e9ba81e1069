// Reads that are really tried, on files of the machine that runs the tests.

#include <gtest/gtest.h>
#include <linux/magic.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <span>
#include <string>

#include "base/owned_fd.hpp"
#include "doctor/one_read.hpp"
#include "doctor/peer_source.hpp"
#include "doctor/readable.hpp"
#include "doctor/try_reading.hpp"
#include "tests/doctor/fake_tree.hpp"

namespace vyre::doctor {
namespace {

using Kind = Entry::Kind;

TEST(OpenReadable, TakesAFileOrTheFirstInAFolderThatHoldsSomething) {
  const FakeTree tree({{"folder/empty", ""},
                       {"folder/a-link", "filled-file", Kind::kLink},
                       {"folder/fifo", "", Kind::kFifo},
                       {"folder/below/file", "text"},
                       {"folder/filled-file", "text"}});
  for (const char* name : {"folder", "folder/filled-file"}) {
    const auto opened = open_readable(tree.path(name), 0);
    ASSERT_TRUE(opened) << opened.error().what;
    EXPECT_TRUE(opened->file);
    EXPECT_EQ(opened->path, tree.path("folder/filled-file"));
    EXPECT_FALSE(opened->is_block_device);
  }
}

TEST(OpenReadable, SaysWhyThereIsNothingToRead) {
  const FakeTree tree({{"fifo", "", Kind::kFifo},
                       {"empty", "", Kind::kFolder},
                       {"loop", "loop", Kind::kLink},
                       {"file", "text"}});
  for (const std::string& path :
       {tree.path("fifo"), tree.path("empty"), tree.path("loop"), tree.path("missing"),
        tree.path("file/below"), std::string("/dev/null")}) {
    const auto opened = open_readable(path, 0);
    ASSERT_FALSE(opened) << path;
    EXPECT_FALSE(opened.error().what.empty());
    EXPECT_FALSE(opened.error().fix.empty()) << path;
  }
}

TEST(TryReading, ReadsAFileIntoRegisteredMemory) {
  const FakeTree tree({{"file", std::string(10000, 'x')}, {"short", "text"}, {"empty", ""}});
  const auto whole = try_reading(PathChoice::kMapped, tree.path("file"));
  ASSERT_TRUE(whole) << whole.error().what;
  EXPECT_NE(whole->find("brought 4096"), std::string::npos) << *whole;
  const auto part = try_reading(PathChoice::kMapped, tree.path("short"));
  ASSERT_TRUE(part) << part.error().what;
  EXPECT_NE(part->find("brought 4"), std::string::npos) << *part;
  EXPECT_TRUE(try_reading(PathChoice::kMapped, tree.path("empty")));
}

TEST(TryReading, RefusesAWayThatAPathHasNot) {
  const FakeTree tree({{"file", std::string(10000, 'x')}});
  for (const std::string& path :
       {tree.path("file"), tree.path("missing"), tree.path("."), std::string("/dev/null")}) {
    const auto commands = try_reading(PathChoice::kPassthrough, path);
    ASSERT_FALSE(commands) << path;
    EXPECT_FALSE(commands.error().what.empty());
    EXPECT_FALSE(commands.error().fix.empty()) << path << ": " << commands.error().what;
  }
}

// What arrives from a file system in memory was copied by the processor, O_DIRECT or not.
TEST(PeerSource, IsNoFileThatLiesInMemory) {
  constexpr const char* kMemory = "/dev/shm";
  struct statfs information {};
  if (::statfs(kMemory, &information) != 0 || information.f_type != TMPFS_MAGIC) {
    GTEST_SKIP() << kMemory << " is no tmpfs";
  }
  std::string name = std::string(kMemory) + "/vyre-doctor-XXXXXX";
  const base::OwnedFd file(::mkstemp(name.data()));
  ASSERT_TRUE(file) << name;
  ASSERT_EQ(::write(file.get(), "text", 4), 4);
  const auto source = open_peer_source(name);
  ::unlink(name.c_str());
  ASSERT_FALSE(source);
  EXPECT_FALSE(source.error().fix.empty()) << source.error().what;
}

TEST(PeerSource, ReadsTheBeginningOfAFile) {
  const FakeTree tree({{"file", std::string(10000, 'x')}, {"empty", ""}});
  const auto source = open_peer_source(tree.path("file"));
  if (!source) GTEST_SKIP() << source.error().what;
  auto memory = memory::MappedBuffer::anonymous(kTriedBytes);
  ASSERT_TRUE(memory);
  const Status read = read_into_peer(**source, *memory);
  EXPECT_TRUE(read) << read.error().what;
  EXPECT_EQ(std::count(memory->data(), memory->data() + 10000, std::byte{'x'}), 10000);
  const auto empty = open_peer_source(tree.path("empty"));
  ASSERT_TRUE(empty) << empty.error().what;
  EXPECT_FALSE(read_into_peer(**empty, *memory));
}

/// Says that it read, and leaves some of the bytes as they were.
class LyingSource final : public PeerSource {
 public:
  explicit LyingSource(std::size_t delivered, std::size_t claimed)
      : delivered_(delivered), claimed_(claimed) {}
  std::string told() const override { return "a read"; }
  Result<std::size_t> read_ordinary(std::span<std::byte> target) const override {
    std::fill_n(target.begin(), 4096, std::byte{7});
    return std::size_t{4096};
  }
  Result<std::size_t> read_peer(uring::Ring&, std::span<std::byte> target) const override {
    std::fill_n(target.begin(), delivered_, std::byte{7});
    return claimed_;
  }

 private:
  std::size_t delivered_;
  std::size_t claimed_;
};

TEST(PeerSource, IsNotBelievedWithoutEveryByte) {
  auto memory = memory::MappedBuffer::anonymous(kTriedBytes);
  ASSERT_TRUE(memory);
  EXPECT_TRUE(read_into_peer(LyingSource(4096, 4096), *memory));
  for (const std::size_t delivered : {0, 1, 4095}) {
    const Status read = read_into_peer(LyingSource(delivered, 4096), *memory);
    ASSERT_FALSE(read) << delivered;
    EXPECT_EQ(read.error().code, ErrorCode::kUnavailable);
  }
  EXPECT_FALSE(read_into_peer(LyingSource(4096, 4095), *memory));
}

/// Somebody writes to it: what two reads bring is the same only from the third pair on.
class ChangingSource final : public PeerSource {
 public:
  std::string told() const override { return "a read"; }
  Result<std::size_t> read_ordinary(std::span<std::byte> target) const override {
    std::fill_n(target.begin(), 4096, static_cast<std::byte>(++reads_));
    return std::size_t{4096};
  }
  Result<std::size_t> read_peer(uring::Ring&, std::span<std::byte> target) const override {
    if (reads_ < 3) return read_ordinary(target);
    std::fill_n(target.begin(), 4096, static_cast<std::byte>(reads_));
    return std::size_t{4096};
  }

 private:
  mutable int reads_ = 0;
};

TEST(PeerSource, IsTriedAgainWhereItMayHaveChanged) {
  auto memory = memory::MappedBuffer::anonymous(kTriedBytes);
  ASSERT_TRUE(memory);
  const Status read = read_into_peer(ChangingSource(), *memory);
  EXPECT_TRUE(read) << read.error().what;
}

}  // namespace
}  // namespace vyre::doctor
