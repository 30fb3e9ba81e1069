// The rows about peer DMA, from made-up trees of sysfs and procfs.

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "doctor/iommu.hpp"
#include "doctor/kernel_config.hpp"
#include "doctor/nvidia_fs.hpp"
#include "doctor/pci.hpp"
#include "doctor/peer_memory.hpp"
#include "tests/doctor/fake_tree.hpp"
#include "tests/doctor/told.hpp"

namespace vyre::doctor {
namespace {

using Kind = Entry::Kind;

constexpr const char* kRelease = "6.18.0-made-up";
const std::string kPci = "sys/bus/pci/devices/";
const std::string kDrive = kPci + "0000:03:00.0/";
const std::string kMemory = kDrive + "p2pmem/";

struct Case {
  const char* what;
  std::vector<Entry> tree;
  Expected expected;
};

Row p2pdma_of(const FakeTree& tree, std::size_t providers = 0) {
  const Roots roots = tree.roots();
  return p2pdma_row(roots, read_kernel_config(roots, kRelease), providers);
}

TEST(P2pdmaRow, IsReadFromTheKernelsConfigurationElseItsSymbols) {
  const std::string yes = "CONFIG_PCI=y\nCONFIG_PCI_P2PDMA=y\n";
  const std::string no = "CONFIG_PCI=y\n# CONFIG_PCI_P2PDMA is not set\n";
  const Expected lacking{
      State::kUnavailable, {"CONFIG_PCI_P2PDMA is not set"}, "CONFIG_PCI_P2PDMA"};
  const std::vector<Case> cases = {
      {"packed, set", {{"proc/config.gz", gzip(yes)}}, {State::kAvailable, {"config.gz", "=y"}}},
      {"packed, not set", {{"proc/config.gz", gzip(no)}}, lacking},
      {"not named at all", {{"proc/config.gz", gzip("CONFIG_PCI=y\n")}}, lacking},
      {"named in a value only",
       {{"proc/config.gz", gzip("CONFIG_A=\"CONFIG_PCI_P2PDMA=y\"\nXCONFIG_PCI_P2PDMA=y\n")}},
       lacking},
      {"in /boot", {{"boot/config-6.18.0-made-up", yes}}, {State::kAvailable, {"boot/config-"}}},
      {"another kernel's",
       {{"boot/config-6.1", yes}, {"proc/kallsyms", "0 T other\n"}},
       {State::kUnavailable, {"no function", "kallsyms"}, "CONFIG_PCI_P2PDMA"}},
      {"of the modules", {{"modules/6.18.0-made-up/config", no}}, lacking},
      {"damaged, then in /boot",
       {{"proc/config.gz", gzip(yes).substr(0, 20)}, {"boot/config-6.18.0-made-up", no}},
       lacking},
      {"symbols",
       {{"proc/kallsyms", "0000 T nvme\n0000 T pci_p2pdma_distance_many\n"}},
       {State::kAvailable, {"kallsyms"}}},
      {"symbols of similar names",
       {{"proc/kallsyms", "0000 T my_pci_p2pdma_x\n"}},
       {State::kUnavailable, {"kallsyms"}, "CONFIG_PCI_P2PDMA"}},
      {"nothing to read",
       {},
       {State::kDegraded, {"not known", "config.gz does not exist"}, "read"}},
      {"empty symbols", {{"proc/kallsyms", ""}}, {State::kDegraded, {"kallsyms is empty"}, "read"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    expect_row(p2pdma_of(FakeTree(c.tree)), c.expected);
  }
}

TEST(P2pdmaRow, IsProvenByProvidersWhereNothingElseTells) {
  expect_row(p2pdma_of(FakeTree(), 1), {State::kAvailable, {"1 PCI device offers"}});
  expect_row(p2pdma_of(FakeTree(), 2), {State::kAvailable, {"2 PCI devices offer "}});
}

TEST(P2pdmaRow, NeverBelievesBrokenConfigurations) {
  for (const char* path : {"proc/config.gz", "boot/config-6.18.0-made-up", "proc/kallsyms"}) {
    for (const Entry& entry : hostile_entries(path)) {
      SCOPED_TRACE(entry.path + ": " + entry.content.substr(0, 20));
      const Row row = p2pdma_of(FakeTree({entry}));
      expect_told(row);
      EXPECT_NE(row.state, State::kAvailable);
    }
  }
}

// 64 MiB of zeros are 64 KiB packed: what unpacks them must not believe in any end of it.
TEST(KernelConfig, DoesNotUnpackMoreThanAConfigurationHas) {
  const FakeTree tree({{"proc/config.gz", gzip("CONFIG_A=y\n" + std::string(64u << 20, '\0'))}});
  const auto config = read_kernel_config(tree.roots(), kRelease);
  ASSERT_FALSE(config);
  EXPECT_NE(config.error().what.find("too long"), std::string::npos) << config.error().what;
}

TEST(KernelConfig, AReleaseIsNoWayOutOfItsFolder) {
  const FakeTree tree({Entry{"elsewhere/config", "CONFIG_A=y\n"}});
  EXPECT_FALSE(read_kernel_config(tree.roots(), "../elsewhere"));
}

std::vector<Row> p2pmem_of(const FakeTree& tree) {
  const Roots roots = tree.roots();
  return p2pmem_rows(memory::peer_providers(roots.sys + "/bus/pci/devices"), pci_devices(roots));
}

std::vector<Entry> provider() {
  return {{kDrive + "vendor", "0x1b36\n"},  {kDrive + "class", "0x010802\n"},
          {kMemory + "size", "67108864\n"}, {kMemory + "available", "67104768\n"},
          {kMemory + "published", "1\n"},   {kMemory + "allocate", std::string(8192, '\0')}};
}

TEST(P2pmemRows, SayThatNoDeviceOffersMemory) {
  const std::vector<Row> none = p2pmem_of(FakeTree());
  ASSERT_EQ(none.size(), 1u);
  expect_row(none[0], {State::kUnavailable, {"none of 0 PCI devices"}, "controller memory buffer"});
  EXPECT_EQ(none[0].name, "p2pmem");
  const std::vector<Row> one = p2pmem_of(FakeTree({{kDrive + "vendor", "0x8086\n"}}));
  ASSERT_EQ(one.size(), 1u);
  expect_row(one[0], {State::kUnavailable, {"none of 1 PCI devices"}, "controller memory buffer"});
}

TEST(P2pmemRows, DescribeAProviderAndTryIt) {
  struct ProviderCase {
    const char* what;
    Entry change;
    Expected expected;
  };
  const std::vector<ProviderCase> cases = {
      {"as it should be",
       {kMemory + "published", "1"},
       {State::kAvailable, {"64.0 MiB", "NVMe", "published", "could be mapped"}}},
      {"not published", {kMemory + "published", "0"}, {State::kAvailable, {"not published"}}},
      {"another device's", {kDrive + "class", "0x030200"}, {State::kAvailable, {"a GPU's memory"}}},
      {"all taken",
       {kMemory + "available", "0\n"},
       {State::kUnavailable, {"0 bytes free", "0 of 67108864 bytes"}, "end who holds"}},
      {"more free than there is",
       {kMemory + "available", "67108865\n"},
       {State::kUnavailable, {"67108865"}, "report"}},
      {"no file to map",
       {kMemory + "allocate", "nothing", Kind::kLink},
       {State::kUnavailable, {"allocate does not exist"}, "6.2"}},
      {"an empty file to map",
       {kMemory + "allocate", ""},
       {State::kUnavailable, {"holds 0 bytes"}, "provider"}},
  };
  for (const ProviderCase& c : cases) {
    SCOPED_TRACE(c.what);
    FakeTree tree(provider());
    tree.put(c.change);
    const std::vector<Row> rows = p2pmem_of(tree);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].name, "p2pmem:0000:03:00.0");
    if (c.expected.fix == "provider") {
      EXPECT_EQ(rows[0].state, State::kUnavailable);
      expect_told(rows[0]);
    } else {
      expect_row(rows[0], c.expected);
    }
  }
}

TEST(P2pmemRows, AreNeverAvailableFromBrokenNumbers) {
  for (const char* attribute : {"size", "available", "published"}) {
    FakeTree tree(provider());
    for (const Entry& entry : hostile_entries(kMemory + attribute)) {
      SCOPED_TRACE(entry.path + ": " + entry.content.substr(0, 20));
      tree.put(entry);
      const std::vector<Row> rows = p2pmem_of(tree);
      ASSERT_EQ(rows.size(), 1u);
      expect_told(rows[0]);
      EXPECT_EQ(rows[0].state, State::kUnavailable);
    }
  }
}

TEST(IommuRow, FollowsTheModesOfDrivesAndGpus) {
  const std::string group = "sys/kernel/iommu_groups/7/type";
  const Entry drive{kDrive + "class", "0x010802\n"};
  const Entry network{kDrive + "class", "0x020000\n"};
  const Entry folder{kDrive + "iommu_group/devices", "", Kind::kFolder};
  const auto type = [](const char* text) { return Entry{kDrive + "iommu_group/type", text}; };
  const std::vector<Case> cases = {
      {"no IOMMU", {drive}, {State::kAvailable, {"none"}}},
      {"no groups",
       {drive, {"sys/kernel/iommu_groups", "", Kind::kFolder}},
       {State::kAvailable, {"none"}}},
      {"identity",
       {drive, {group, "identity"}, type("identity\n")},
       {State::kAvailable, {"identity", "1 drive"}}},
      {"translated",
       {drive, {group, "DMA"}, type("DMA-FQ\n")},
       {State::kDegraded, {"0000:03:00.0 (DMA-FQ)"}, "disable_acs_redir"}},
      {"something new",
       {drive, {group, "x"}, type("\x01odd")},
       {State::kDegraded, {"\\x01odd"}, "disable_acs_redir"}},
      {"not told",
       {drive, {group, "x"}, folder},
       {State::kDegraded, {"does not tell"}, "disable_acs_redir"}},
      {"of a network card",
       {network, {group, "DMA"}, type("DMA\n")},
       {State::kAvailable, {"1 groups, with no drive or GPU"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const FakeTree tree(c.tree);
    expect_row(iommu_row(tree.roots(), pci_devices(tree.roots())), c.expected);
  }
}

TEST(NvidiaFsRow, FollowsModuleAndProc) {
  const Entry module{"sys/module/nvidia_fs", "", Kind::kFolder};
  const Entry version{"proc/driver/nvidia-fs/version", "version: 2.28\nmore\n"};
  const std::vector<Case> cases = {
      {"neither", {}, {State::kUnavailable, {"no module", "version does not exist"}}},
      {"neither, with a GPU's driver",
       {{"proc/driver/nvidia/version", "x"}},
       {State::kUnavailable, {"no module"}, "modprobe nvidia-fs"}},
      {"loaded, not shown",
       {module},
       {State::kDegraded, {"is loaded", "does not exist"}, "container"}},
      {"both", {module, version}, {State::kAvailable, {"is loaded", "version: 2.28"}}},
      {"shown only", {version}, {State::kAvailable, {"no module", "version: 2.28"}}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    const FakeTree tree(c.tree);
    expect_row(nvidia_fs_row(tree.roots()), c.expected);
  }
  for (const Entry& entry : hostile_entries("proc/driver/nvidia-fs/version")) {
    expect_told(nvidia_fs_row(FakeTree({entry}).roots()));
  }
}

TEST(BarBytes, AreTheLinesRange) {
  struct BarCase {
    const char* text;
    std::size_t index;
    std::optional<u64> bytes;
  };
  const std::string lines =
      "0x00000000fb000000 0x00000000fbffffff 0x0000000000040200\n"
      "0x0000000000000000 0x0000000000000000 0x0000000000000000\n"
      "0x0000380000000000 0x0000383fffffffff 0x000000000014220c\n";
  const std::vector<BarCase> cases = {
      {lines.c_str(), 0, u64{16} << 20},
      {lines.c_str(), 1, 0},
      {lines.c_str(), 2, u64{256} << 30},
      {lines.c_str(), 3, std::nullopt},
      {"0x0 0xffffffffffffffff 0x0", 0, std::nullopt},
      {"0x10 0x8 0x0", 0, std::nullopt},
      {"0x10 0x10 0x0", 0, std::nullopt},
      {"0x10", 0, std::nullopt},
      {"0x10 0x1ffffffffffffffff 0x0", 0, std::nullopt},
  };
  for (const BarCase& c : cases) {
    const FakeTree tree({{kDrive + "resource", c.text}});
    const auto bytes =
        bar_bytes({.address = "", .folder = tree.path(kPci + "0000:03:00.0")}, c.index);
    EXPECT_EQ(bytes.has_value(), c.bytes.has_value()) << c.text << " at " << c.index;
    EXPECT_EQ(bytes.value_or(0), c.bytes.value_or(0)) << c.text;
  }
  for (const Entry& entry : hostile_entries(kDrive + "resource")) {
    const FakeTree tree({entry});
    EXPECT_FALSE(bar_bytes({.address = "", .folder = tree.path(kPci + "0000:03:00.0")}, 1))
        << entry.content.substr(0, 20);
  }
}

}  // namespace
}  // namespace vyre::doctor
