// Our own view of namespaces: what it reads of them, what it refuses, and how it says so.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "nvme/namespace.hpp"
#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

using testing::AllOf;
using testing::HasSubstr;

struct Expected {
  const char* serial;
  std::uint32_t block_bytes;
  std::uint64_t blocks;
  std::uint32_t largest_command;
};

std::uint32_t queue_limit(const std::string& block, const char* name) {
  std::ifstream file("/sys/block" + block.substr(std::strlen("/dev")) + "/queue/" + name);
  std::uint32_t value = 0;
  EXPECT_TRUE(file >> value) << name;
  return value;
}

/// What the kernel takes in one command, wherever in a page it begins: before 6.12 less than the
/// controllers, since a command has 127 segments.
std::uint32_t kernel_limit(const std::string& block) {
  return std::min(queue_limit(block, "max_hw_sectors_kb") << 10,
                  (queue_limit(block, "max_segments") - 1) * 4096);
}

TEST(Namespace, IsIdentified) {
  constexpr std::uint64_t kPlantedBytes = 8 << 20;
  for (const Expected& expected : {Expected{"data", 512, kDiskBlocks, 512 << 10},
                                   Expected{"small", 512, kPlantedBytes / 512, 8 << 10},
                                   Expected{"wide", 4096, kPlantedBytes / 4096, 512 << 10}}) {
    const auto opened = nvme::open_namespace(nodes_of(expected.serial).generic);
    ASSERT_TRUE(opened) << opened.error().message();
    const nvme::Identity& identity = (*opened)->identity();
    EXPECT_EQ(identity.nsid, 1U);
    EXPECT_EQ(identity.block_bytes, expected.block_bytes) << expected.serial;
    EXPECT_EQ(identity.blocks, expected.blocks) << expected.serial;
    EXPECT_EQ(identity.largest_command,
              std::min(expected.largest_command, kernel_limit(nodes_of(expected.serial).block)))
        << expected.serial;
  }
}

TEST(Namespace, IsReadInSeveralCommands) {
  const auto opened = nvme::open_namespace(nodes_of("data").generic);
  ASSERT_TRUE(opened);
  const auto buffer = Mapping::anonymous((1 << 20) + 3 * kBlockBytes);
  const auto done = (*opened)->read(77, buffer.bytes());
  ASSERT_TRUE(done) << done.error().message();
  EXPECT_TRUE(holds_pattern(buffer.bytes(), 77 * kBlockBytes));
}

TEST(Namespace, WithMetadataIsRefused) {
  const auto opened = nvme::open_namespace(nodes_of("tagged").generic);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kUnavailable);
  EXPECT_THAT(opened.error().what, HasSubstr("metadata"));
}

TEST(Namespace, IsNoOtherNode) {
  for (const std::string& node : {nodes_of("data").controller, nodes_of("data").block,
                                  std::string("/dev/null"), std::string("/bin/busybox")}) {
    const auto opened = nvme::open_namespace(node);
    ASSERT_FALSE(opened) << node;
    EXPECT_EQ(opened.error().code, ErrorCode::kInvalidArgument) << node;
    EXPECT_THAT(opened.error().what, HasSubstr(node));
  }
}

TEST(Namespace, ErrorOfTheMediumNamesBlockAndStatus) {
  const auto opened = nvme::open_namespace(nodes_of("media").generic);
  ASSERT_TRUE(opened);
  const auto buffer = Mapping::anonymous(16 * kBlockBytes);
  const auto done = (*opened)->read(39990, buffer.bytes());
  ASSERT_FALSE(done);
  EXPECT_THAT(done.error().what,
              AllOf(HasSubstr("LBA 39990"), HasSubstr("Unrecovered Read Error")));
}

/// Commands that a controller or the driver may answer with a success, or by writing past the end
/// of the target; none is ever encoded.
TEST(Namespace, DangerousCommandsAreNotEncoded) {
  const auto opened = nvme::open_namespace(nodes_of("data").generic);
  ASSERT_TRUE(opened);
  const nvme::Identity& identity = (*opened)->identity();
  const auto buffer = Mapping::anonymous(1 << 20);
  void* const target = buffer.bytes().data();
  struct Case {
    const char* name;
    nvme::BlockSpan blocks;
    nvme::Destination to;
  };
  for (const Case& wrong : {
           Case{"fewer bytes than blocks", {0, 8}, {target, 4095}},
           Case{"one block less", {0, 8}, {target, 7 * 512}},
           Case{"more bytes than blocks", {0, 8}, {target, 9 * 512}},
           Case{"no bytes", {0, 8}, {target, 0}},
           Case{"no blocks", {0, 0}, {target, 0}},
           Case{"null address", {0, 8}, {nullptr, 4096}},
           Case{"past the end", {kDiskBlocks, 1}, {target, 512}},
           Case{"straddles the end", {kDiskBlocks - 4, 8}, {target, 4096}},
           Case{"overflows", {UINT64_MAX - 3, 8}, {target, 4096}},
           Case{"above the largest", {0, 1025}, {target, 1025 * 512}},
       }) {
    EXPECT_FALSE(nvme::encode_nvme_read(identity, wrong.blocks, wrong.to)) << wrong.name;
  }
}

/// What encode_nvme_read() makes is what the driver takes.
TEST(Namespace, EncodedCommandIsServed) {
  const auto opened = nvme::open_namespace(nodes_of("data").generic);
  ASSERT_TRUE(opened);
  const auto buffer = Mapping::anonymous(512 << 10);
  for (const nvme::BlockSpan blocks :
       {nvme::BlockSpan{0, 1},
        {1, 8},
        {kDiskBlocks - 1, 1},
        {5000, (*opened)->identity().largest_command / kBlockBytes}}) {
    const auto bytes = buffer.bytes().first(blocks.count * kBlockBytes);
    const auto command =
        nvme::encode_nvme_read((*opened)->identity(), blocks, {bytes.data(), bytes.size()});
    ASSERT_TRUE(command) << command.error().message();
    EXPECT_EQ(RawRing(kWide).answer(*command, {.file = (*opened)->descriptor()}), 0);
    EXPECT_TRUE(holds_pattern(bytes, blocks.first * kBlockBytes));
  }
}

/// The permissions of `nobody` for a test's life.
class AsNobody {
 public:
  AsNobody() { EXPECT_EQ(::seteuid(65534), 0); }
  ~AsNobody() { EXPECT_EQ(::seteuid(0), 0); }
  AsNobody(const AsNobody&) = delete;
  AsNobody& operator=(const AsNobody&) = delete;
};

TEST(Namespace, NeedsNoPrivilegeWhereTheNodeMayBeRead) {
  const std::string node = nodes_of("data").generic;
  ASSERT_EQ(::chmod(node.c_str(), 0644), 0);
  {
    const AsNobody nobody;
    const auto opened = nvme::open_namespace(node);
    ASSERT_TRUE(opened) << opened.error().message();
    const auto buffer = Mapping::anonymous(4096);
    const auto done = (*opened)->read(3, buffer.bytes());
    ASSERT_TRUE(done) << done.error().message();
    EXPECT_TRUE(holds_pattern(buffer.bytes(), 3 * kBlockBytes));
  }
  ASSERT_EQ(::chmod(node.c_str(), 0600), 0);
}

TEST(Kernel6_1, LetsNobodyIdentifyWithoutPrivilege) {
  const std::string node = nodes_of("data").generic;
  ASSERT_EQ(::chmod(node.c_str(), 0644), 0);
  {
    const AsNobody nobody;
    const auto opened = nvme::open_namespace(node);
    ASSERT_FALSE(opened);
    EXPECT_THAT(opened.error().message(), AllOf(HasSubstr(node), HasSubstr("CAP_SYS_ADMIN")));
  }
  ASSERT_EQ(::chmod(node.c_str(), 0600), 0);
}

TEST(Namespace, WithoutPermissionNamesIt) {
  const std::string node = nodes_of("data").generic;
  const AsNobody nobody;
  const auto opened = nvme::open_namespace(node);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, ErrorCode::kSyscall);
  EXPECT_THAT(opened.error().message(), AllOf(HasSubstr(node), HasSubstr("CAP_DAC_READ_SEARCH")));
}

}  // namespace
}  // namespace vyre::vm
