// The rows about NVMe drives, from made-up trees of sysfs.

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "doctor/nvme_rows.hpp"
#include "tests/doctor/fake_tree.hpp"
#include "tests/doctor/told.hpp"

namespace vyre::doctor {
namespace {

using Kind = Entry::Kind;

const std::string kController = "sys/class/nvme/nvme0/";
const std::string kIoPoll = kController + "nvme0n1/queue/io_poll";

std::vector<Entry> one_drive() {
  return {{kController + "model", "Made Up SSD                             \n"},
          {kController + "firmware_rev", "1.0     \n"},
          {kController + "transport", "pcie\n"},
          {kController + "address", "0000:03:00.0\n"},
          {kController + "state", "live\n"},
          {kController + "power/control", "auto\n"},
          {kIoPoll, "1\n"},
          {"sys/class/nvme-generic/ng0n1/dev", "240:0\n"},
          {"sys/class/block/nvme0n1/size", "2097152\n"},
          {"sys/module/nvme/parameters/poll_queues", "1\n"},
          {"dev/ng0n1", ""}};
}

const Result<KernelConfig> kNoConfig = tl::unexpected(unavailable("no configuration", ""));

Result<NamespaceFacts> made_up(const std::string&) {
  return NamespaceFacts{.nsid = 1, .block_bytes = 4096, .blocks = 262144, .largest_bytes = 524288};
}

std::vector<Row> rows_of(const FakeTree& tree, const Identify& identify = made_up,
                         const Result<KernelConfig>& config = kNoConfig) {
  return nvme_rows(tree.roots(), nvme_tree(tree.roots()), config, identify);
}

TEST(NvmeRows, SayInOneRowThatThereIsNoDrive) {
  struct Case {
    std::vector<Entry> tree;
    Result<KernelConfig> config;
    Expected expected;
  };
  const auto config = [](const char* text) { return KernelConfig{"/proc/config.gz", text}; };
  const Entry empty{"sys/class/nvme", "", Kind::kFolder};
  const std::vector<Case> cases = {
      {{}, kNoConfig, {State::kUnavailable, {"nvme does not exist"}}},
      {{}, config("CONFIG_BLK_DEV_NVME=y\n"), {State::kUnavailable, {"CONFIG_BLK_DEV_NVME=y"}}},
      {{}, config("CONFIG_BLK_DEV_NVME=m\n"), {State::kUnavailable, {"=m"}, "modprobe nvme"}},
      {{}, config("CONFIG_PCI=y\n"), {State::kUnavailable, {"is not set"}, "with its driver"}},
      {{empty}, config("CONFIG_PCI=y\n"), {State::kUnavailable, {"is empty"}}},
      {{{"sys/class/nvme/other/state", "live"}}, kNoConfig, {State::kUnavailable, {"is empty"}}},
  };
  for (const Case& c : cases) {
    const std::vector<Row> rows = rows_of(FakeTree(c.tree), made_up, c.config);
    ASSERT_EQ(rows.size(), 1u);
    EXPECT_EQ(rows[0].name, "nvme");
    expect_row(rows[0], c.expected);
  }
}

TEST(NvmeRows, DescribeADrive) {
  const std::vector<Row> rows = rows_of(FakeTree(one_drive()));
  ASSERT_EQ(rows.size(), 3u);
  expect_row(row_named(rows, "nvme:nvme0"),
             {State::kAvailable, {"Made Up SSD, firmware 1.0, pcie 0000:03:00.0, live"}});
  expect_row(row_named(rows, "nvme:nvme0:poll-queues"),
             {State::kAvailable, {"io_poll of nvme0n1 is 1", "nvme.poll_queues is 1"}});
  expect_row(row_named(rows, "nvme:ng0n1"),
             {State::kAvailable, {"ng0n1 opens", "262144 blocks of 4096 bytes", "512.0 KiB"}});
}

TEST(NvmeRows, SayWhatADriveLacks) {
  struct Case {
    const char* what;
    std::vector<Entry> changes;
    std::string row;
    Expected expected;
  };
  const std::string poll = "nvme:nvme0:poll-queues";
  const Entry off{kIoPoll, "0\n"};
  const Entry none{"sys/module/nvme/parameters/poll_queues", "0\n"};
  const std::vector<Case> cases = {
      {"dead",
       {{kController + "state", "dead\n"}},
       "nvme:nvme0",
       {State::kUnavailable, {"dead"}, "dmesg | grep nvme0"}},
      {"no texts",
       {{kController + "model", "", Kind::kFolder}, {kController + "address", ""}},
       "nvme:nvme0",
       {State::kAvailable, {"?, firmware 1.0, pcie ?, live"}}},
      {"no poll queues",
       {off, none},
       poll,
       {State::kUnavailable, {"nvme0n1 is 0", "poll_queues is 0"}, "nvme.poll_queues=1"}},
      {"asked for but not there", {off}, poll, {State::kUnavailable, {"is 0"}, "boot anew"}},
      {"over a network",
       {off, {kController + "transport", "tcp"}},
       poll,
       {State::kUnavailable, {"is 0"}, "--nr-poll-queues"}},
      {"one of two",
       {{kController + "nvme0n2/queue/io_poll", "0"}, none},
       poll,
       {State::kUnavailable, {"nvme0n1 is 1, queue/io_poll of nvme0n2 is 0"}, "poll_queues"}},
      {"several ways to it",
       {{kController + "nvme0c1n1/queue/io_poll", "1"}},
       poll,
       {State::kAvailable, {"nvme0c1n1 is 1"}}},
      {"no namespace",
       {{kController + "nvme0n1", ""}, {kController + "nvme0n1", "", Kind::kFolder}},
       poll,
       {State::kUnavailable, {"io_poll"}, "boot anew"}},
      {"no node",
       {{"dev/ng0n1", "missing", Kind::kLink}},
       "nvme:ng0n1",
       {State::kUnavailable, {"ng0n1 does not exist", "240:0"}, "--device"}},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.what);
    FakeTree tree(one_drive());
    for (const Entry& change : c.changes) tree.put(change);
    expect_row(row_named(rows_of(tree), c.row), c.expected);
  }
}

TEST(NvmeRows, HandOnWhyANamespaceCannotBeAsked) {
  std::string asked;
  const FakeTree tree(one_drive());
  const std::vector<Row> rows = rows_of(tree, [&asked](const std::string& node) {
    asked = node;
    return tl::unexpected(syscall_error("open " + node, EACCES, "chmod"));
  });
  EXPECT_EQ(asked, tree.path("dev/ng0n1"));
  expect_row(row_named(rows, "nvme:ng0n1"), {State::kUnavailable, {"Permission denied"}, "chmod"});
}

TEST(NvmeRows, TellANamespaceWithoutABlockDevice) {
  FakeTree tree(one_drive());
  tree.put({"sys/class/block/nvme0n1", "missing", Kind::kLink});
  expect_row(row_named(rows_of(tree), "nvme:ng0n1"), {State::kAvailable, {"no block device"}});
}

TEST(NvmeRows, AreToldWholeOverBrokenFiles) {
  for (const char* path :
       {"sys/class/nvme/nvme0/model", "sys/class/nvme/nvme0/state",
        "sys/class/nvme/nvme0/transport", "sys/class/nvme/nvme0/nvme0n1/queue/io_poll",
        "sys/module/nvme/parameters/poll_queues", "sys/class/nvme-generic/ng0n1", "sys/class/nvme",
        "sys/class/nvme-generic"}) {
    FakeTree tree(one_drive());
    for (const Entry& entry : hostile_entries(path)) {
      SCOPED_TRACE(entry.path + ": " + entry.content.substr(0, 20));
      tree.put(entry);
      for (const Row& row : rows_of(tree)) expect_told(row);
    }
  }
}

TEST(NvmeTree, TakesOnlyTheNamesThatTheKernelGives) {
  FakeTree tree;
  for (const char* name : {"nvme0", "nvme10", "nvme2", "nvme", "nvme1x", "nvme-1", "xnvme1",
                           "nvme99999999999999999999", "nvme\x1b[2J", "nvme0n1"}) {
    tree.put({std::string("sys/class/nvme/") + name, "", Kind::kFolder});
  }
  for (const char* name : {"ng0n1", "ng1n12", "ng0", "ng0n", "ng0n1p1", "ng0c1n1", "ngn1"}) {
    tree.put({std::string("sys/class/nvme-generic/") + name, "", Kind::kFolder});
  }
  const NvmeTree found = nvme_tree(tree.roots());
  ASSERT_EQ(found.controllers.size(), 3u);
  EXPECT_EQ(found.controllers[0].name, "nvme0");
  EXPECT_EQ(found.controllers[1].name, "nvme2");
  EXPECT_EQ(found.controllers[2].name, "nvme10");
  ASSERT_EQ(found.namespaces.size(), 2u);
  EXPECT_EQ(found.namespaces[0].generic, "ng0n1");
  EXPECT_EQ(found.namespaces[1].generic, "ng1n12");
}

}  // namespace
}  // namespace vyre::doctor
