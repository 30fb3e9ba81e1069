// Reads that are really tried, on files of the machine that runs the tests.

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <string>

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

}  // namespace
}  // namespace vyre::doctor
