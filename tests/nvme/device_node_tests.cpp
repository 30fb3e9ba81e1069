#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <filesystem>
#include <fstream>

#include "nvme/device_node.hpp"
#include "nvme/namespace.hpp"

namespace vyre::nvme {
namespace {

namespace fs = std::filesystem;

/// A /sys with a namespace, a partition of it, a disk of another kind and two other devices.
class FakeSysfs : public ::testing::Test {
 protected:
  FakeSysfs() {
    std::string name = (fs::temp_directory_path() / "vyre-sysfs-XXXXXX").string();
    EXPECT_NE(::mkdtemp(name.data()), nullptr);
    roots.sysfs = name;
    roots.dev = "/dev";
    const fs::path controller = "devices/pci0/nvme/nvme0";
    add("block/259:0", controller / "nvme0n1", {{"size", "2048"}, {"dev", "259:0"}});
    add("block/259:1", controller / "nvme0n1/nvme0n1p1",
        {{"size", "1000"}, {"start", "64"}, {"partition", "1"}});
    add("char/240:0", controller / "ng0n1", {}, "nvme-generic");
    add("char/241:0", controller, {}, "nvme");
    add("block/8:0", "devices/pci1/sda", {{"size", "99"}});
    add("char/4:1", "devices/virtual/tty1", {}, "tty");
    link("class/block/nvme0n1", controller / "nvme0n1");
    write(controller / "nvme0n1/queue/max_hw_sectors_kb", "512");
    write(controller / "nvme0n1/queue/max_segments", "127");
  }
  ~FakeSysfs() override {
    std::error_code ignored;
    fs::remove_all(roots.sysfs, ignored);
  }

  void write(const fs::path& name, const std::string& text) {
    fs::create_directories((roots.sysfs / name).parent_path());
    std::ofstream(roots.sysfs / name) << text << '\n';
  }
  void link(const fs::path& name, const fs::path& target) {
    fs::create_directories((roots.sysfs / name).parent_path());
    fs::create_directories(roots.sysfs / target);
    fs::create_symlink(roots.sysfs / target, roots.sysfs / name);
  }
  void add(const std::string& number, const fs::path& folder,
           const std::vector<std::pair<std::string, std::string>>& files,
           const std::string& subsystem = {}) {
    link(fs::path("dev") / number, folder);
    for (const auto& [name, text] : files) write(folder / name, text);
    if (!subsystem.empty()) link(folder / "subsystem", fs::path("class") / subsystem);
  }
  DeviceNode describe(mode_t kind, unsigned major_number, unsigned minor_number) const {
    struct stat state {};
    state.st_mode = kind | 0600;
    state.st_rdev = makedev(major_number, minor_number);
    return describe_node(state, roots);
  }

  DeviceRoots roots;
};

TEST_F(FakeSysfs, TellsANamespacesBlockDevice) {
  const DeviceNode node = describe(S_IFBLK, 259, 0);
  EXPECT_EQ(node.kind, NodeKind::kBlock);
  EXPECT_EQ(node.name, "nvme0n1");
  EXPECT_EQ(node.bytes, 2048u * 512);
  EXPECT_EQ(node.namespace_node, "/dev/ng0n1");
  EXPECT_FALSE(node.partition);
}

TEST_F(FakeSysfs, TellsWhereAPartitionLies) {
  const DeviceNode node = describe(S_IFBLK, 259, 1);
  EXPECT_TRUE(node.partition);
  EXPECT_EQ(node.name, "nvme0n1p1");
  EXPECT_EQ(node.namespace_node, "/dev/ng0n1");
  EXPECT_EQ(node.sectors.first, 64u);
  EXPECT_EQ(node.sectors.count, 1000u);
  const auto in_small_blocks = blocks_of_partition(node, {1, 512, 2048, 4096});
  ASSERT_TRUE(in_small_blocks);
  EXPECT_EQ(in_small_blocks->first, 64u);
  EXPECT_EQ(in_small_blocks->count, 1000u);
  const auto in_big_blocks = blocks_of_partition(node, {1, 4096, 256, 4096});
  ASSERT_TRUE(in_big_blocks);
  EXPECT_EQ(in_big_blocks->first, 8u);
  EXPECT_EQ(in_big_blocks->count, 125u);
  DeviceNode crooked = node;
  crooked.sectors.first = 63;
  EXPECT_FALSE(blocks_of_partition(crooked, {1, 4096, 256, 4096}));
}

TEST_F(FakeSysfs, TellsTheKindsApart) {
  const DeviceNode generic = describe(S_IFCHR, 240, 0);
  EXPECT_EQ(generic.kind, NodeKind::kNamespace);
  EXPECT_EQ(generic.name, "ng0n1");
  EXPECT_EQ(generic.bytes, 2048u * 512);
  EXPECT_EQ(describe(S_IFCHR, 241, 0).kind, NodeKind::kController);
  EXPECT_EQ(describe(S_IFCHR, 4, 1).kind, NodeKind::kOther);
  EXPECT_EQ(describe(S_IFCHR, 9, 9).kind, NodeKind::kOther);
  EXPECT_EQ(describe(S_IFIFO, 0, 0).kind, NodeKind::kOther);
  const DeviceNode disk = describe(S_IFBLK, 8, 0);
  EXPECT_EQ(disk.kind, NodeKind::kBlock);
  EXPECT_EQ(disk.bytes, 99u * 512);
  EXPECT_EQ(disk.namespace_node, "");
  EXPECT_EQ(describe(S_IFBLK, 9, 9).kind, NodeKind::kBlock);
}

TEST_F(FakeSysfs, NeverTrustsItsNumbers) {
  for (const char* hostile :
       {"", "x", "-1", "99999999999999999999", "18446744073709551615", "7 8"}) {
    write("devices/pci0/nvme/nvme0/nvme0n1/size", hostile);
    EXPECT_EQ(describe(S_IFBLK, 259, 0).bytes, 0u) << hostile;
    write("devices/pci0/nvme/nvme0/nvme0n1/queue/max_segments", hostile);
    const u64 limit = kernel_command_limit("ng0n1", roots);
    EXPECT_TRUE(limit == 0 || limit == 512 * 1024) << hostile << " " << limit;
  }
}

TEST_F(FakeSysfs, TellsWhatTheKernelTakesInOneCommand) {
  // 126 whole pages fit 127 segments wherever in memory they begin.
  EXPECT_EQ(kernel_command_limit("ng0n1", roots), 126u * 4096);
  write("devices/pci0/nvme/nvme0/nvme0n1/queue/max_hw_sectors_kb", "128");
  EXPECT_EQ(kernel_command_limit("ng0n1", roots), 128u * 1024);
  EXPECT_EQ(kernel_command_limit("ng5n1", roots), 0u);
  EXPECT_EQ(kernel_command_limit("null", roots), 0u);
}

}  // namespace
}  // namespace vyre::nvme
