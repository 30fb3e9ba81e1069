// Transfers from one controller into another one's memory.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>

#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

constexpr std::size_t kMemoryBytes = 16 << 20;
/// Of the controller "peer", by QEMU's cmb_size_mb.
constexpr std::size_t kAvailableBytes = 64 << 20;

class PeerMemory : public testing::Test {
 protected:
  Mapping memory_ = Mapping::peer("peer", kMemoryBytes);
  base::OwnedFd generic_ = open_node(nodes_of("data").generic, O_RDONLY);
  base::OwnedFd block_ = open_node(nodes_of("data").block, O_RDONLY | O_DIRECT);
};

TEST_F(PeerMemory, TakesLoadsAndStores) {
  std::ranges::fill(memory_.bytes().first(8192), std::byte{0x5a});
  EXPECT_EQ(std::ranges::count(memory_.bytes().first(8192), std::byte{0x5a}), 8192);
}

TEST_F(PeerMemory, TakesDirectReads) {
  const auto target = memory_.bytes().first(1 << 20);
  ASSERT_EQ(::pread(block_.get(), target.data(), target.size(), 4 << 20), 1 << 20);
  EXPECT_TRUE(holds_pattern(target, 4 << 20));
}

TEST_F(PeerMemory, TakesDirectReadsOfARing) {
  const auto target = memory_.bytes().subspan(1 << 20, 256 << 10);
  RawRing ring(0);
  ring.queue([&](io_uring_sqe* sqe) {
    io_uring_prep_read(sqe, block_.get(), target.data(), 256 << 10, 5 << 20);
  });
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), 1U);
  ASSERT_EQ(answers[0].result, 256 << 10);
  EXPECT_TRUE(holds_pattern(target, 5 << 20));
}

TEST_F(PeerMemory, IsNoRegisteredBuffer) {
  EXPECT_EQ(RawRing(0).register_buffer(memory_.bytes().first(1 << 20)), -EFAULT);
}

TEST_F(PeerMemory, IsMappedSharedAndFromItsBeginning) {
  const auto file = open_node(nodes_of("peer").folder + "/device/p2pmem/allocate", O_RDWR);
  const auto refusal = [&](std::size_t bytes, int flags, off_t offset) {
    void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, flags, file.get(), offset);
    EXPECT_EQ(data, MAP_FAILED);
    return errno;
  };
  EXPECT_EQ(refusal(4096, MAP_PRIVATE, 0), EINVAL);
  EXPECT_EQ(refusal(4096, MAP_SHARED, 4096), EINVAL);
  EXPECT_EQ(refusal(kAvailableBytes + 4096, MAP_SHARED, 0), ENOMEM);
}

struct Way {
  const char* name;
  unsigned flags;
  std::uint32_t blocks;
  std::uint32_t depth;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class PeerPassthrough : public PeerMemory, public testing::WithParamInterface<Way> {};

TEST_P(PeerPassthrough, DeliversTheBytes) {
  const Way& way = GetParam();
  const std::size_t bytes = std::size_t{way.blocks} * kBlockBytes;
  // Each at a page, so that the kernel has no reason to copy.
  const std::size_t stride = std::max<std::size_t>(bytes, 4096);
  ASSERT_LE(way.depth * stride, kMemoryBytes);
  std::ranges::fill(memory_.bytes().first(way.depth * stride), std::byte{0xee});
  RawRing ring(way.flags);
  for (std::uint32_t i = 0; i < way.depth; ++i) {
    ring.queue(read_command(2000 + 1024 * i, way.blocks, memory_.bytes().data() + i * stride),
               {.file = generic_.get(), .user_data = i});
  }
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), way.depth);
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.result, 0);
    EXPECT_TRUE(holds_pattern(memory_.bytes().subspan(answer.user_data * stride, bytes),
                              (2000 + 1024 * answer.user_data) * kBlockBytes))
        << "command " << answer.user_data;
  }
}

constexpr Way kWays[] = {
    {"Plain512B", kWide, 1, 1},
    {"Plain4KiB", kWide, 8, 1},
    {"Plain64KiB", kWide, 128, 1},
    {"Plain512KiB", kWide, 1024, 1},
    {"Plain64KiB32Deep", kWide, 128, 32},
    {"SqPoll512B", kWide | IORING_SETUP_SQPOLL, 1, 1},
    {"SqPoll64KiB32Deep", kWide | IORING_SETUP_SQPOLL, 128, 32},
    {"IoPoll512B", kWide | IORING_SETUP_IOPOLL, 1, 1},
    {"IoPoll64KiB32Deep", kWide | IORING_SETUP_IOPOLL, 128, 32},
};

INSTANTIATE_TEST_SUITE_P(PeerMemory, PeerPassthrough, testing::ValuesIn(kWays),
                         [](const auto& instance) { return std::string(instance.param.name); });

bool refused(std::int32_t result) { return result == -EINVAL || result == -EREMOTEIO; }

TEST(PeerWithoutCommonSwitch, TakesNoReads) {
  const auto memory = Mapping::peer("lone", 1 << 20);
  const Nodes nodes = nodes_of("data");
  const auto generic = open_node(nodes.generic, O_RDONLY);
  const auto answer =
      RawRing(kWide).answer(read_command(0, 8, memory.bytes().data()), {.file = generic.get()});
  EXPECT_TRUE(refused(answer)) << answer;
  const auto block = open_node(nodes.block, O_RDONLY | O_DIRECT);
  EXPECT_EQ(::pread(block.get(), memory.bytes().data(), 4096, 0), -1);
  EXPECT_TRUE(refused(-errno)) << errno;
}

}  // namespace
}  // namespace vyre::vm
