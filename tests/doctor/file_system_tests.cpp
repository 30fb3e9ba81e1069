#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "doctor/file_system.hpp"

namespace vyre::doctor {
namespace {

constexpr std::string_view kMountinfo =
    "22 28 0:20 / /proc rw,nosuid shared:14 - proc proc rw\n"
    "28 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw,errors=remount-ro\n"
    "280 28 0:49 / /mnt/far rw master:7 propagate_from:2 - fuse.sshfs host:/ rw\n"
    "281 28 0:50 / /mnt/odd rw no separator here\n"
    "garbage\n";

TEST(FileSystemType, IsFoundByMountId) {
  EXPECT_EQ(file_system_type(kMountinfo, 28), "ext4");
  EXPECT_EQ(file_system_type(kMountinfo, 22), "proc");
  EXPECT_EQ(file_system_type(kMountinfo, 280), "fuse.sshfs");
  EXPECT_EQ(file_system_type(kMountinfo, 281), "");
  EXPECT_EQ(file_system_type(kMountinfo, 2), "");
  EXPECT_EQ(file_system_type("", 28), "");
}

class FileSystemRow : public testing::Test {
 protected:
  FileSystemRow() {
    std::string pattern = testing::TempDir() + "vyre-doctor-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileSystemRow() override { std::filesystem::remove_all(folder_); }

  std::filesystem::path folder_;
};

TEST_F(FileSystemRow, TellsAboutFilesAndDirectories) {
  const std::filesystem::path file = folder_ / "file";
  std::ofstream(file) << std::string(8192, 'x');
  for (const std::filesystem::path& path : {folder_, file}) {
    const Row row = file_system_row(path.string());
    EXPECT_NE(row.state, State::kUnavailable) << row.evidence;
    EXPECT_NE(row.evidence.find("O_DIRECT"), std::string::npos) << row.evidence;
    EXPECT_FALSE(row.required);
  }
}

TEST_F(FileSystemRow, LeavesNothingBehindInAnEmptyDirectory) {
  EXPECT_NE(file_system_row(folder_.string()).state, State::kUnavailable);
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(FileSystemRow, SaysWhyAPathCannotBeScanned) {
  const std::filesystem::path fifo = folder_ / "fifo";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::filesystem::path& path : {fifo, folder_ / "missing"}) {
    const Row row = file_system_row(path.string());
    EXPECT_EQ(row.state, State::kUnavailable);
    EXPECT_FALSE(row.consequence.empty());
    EXPECT_FALSE(row.fix.empty());
  }
}

}  // namespace
}  // namespace vyre::doctor
