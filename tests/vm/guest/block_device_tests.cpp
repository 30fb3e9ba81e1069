// Reads of a namespace's block device past the page cache.

#include <fcntl.h>
#include <gtest/gtest.h>

#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

constexpr std::uint32_t kBytes = 128 << 10;
constexpr std::uint32_t kDepth = 8;

/// Reads into a registered buffer; the answers are those of all reads.
void read_fixed(unsigned flags, std::int32_t expected, const char* serial = "data") {
  const auto file = open_node(nodes_of(serial).block, O_RDONLY | O_DIRECT);
  const auto buffer = Mapping::anonymous(kDepth * kBytes);
  RawRing ring(flags);
  ASSERT_EQ(ring.register_buffer(buffer.bytes()), 0);
  const auto offset_of = [](std::uint64_t index) { return (1 << 20) + index * 3 * kBytes; };
  for (std::uint32_t i = 0; i < kDepth; ++i) {
    ring.queue([&](io_uring_sqe* sqe) {
      io_uring_prep_read_fixed(sqe, file.get(), buffer.bytes().data() + i * kBytes, kBytes,
                               offset_of(i), 0);
      sqe->user_data = i;
    });
  }
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), kDepth);
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.result, expected);
    if (expected == kBytes) {
      EXPECT_TRUE(holds_pattern(buffer.bytes().subspan(answer.user_data * kBytes, kBytes),
                                offset_of(answer.user_data)));
    }
  }
}

TEST(BlockDevice, ReadsFixed) { read_fixed(0, kBytes); }
TEST(BlockDevice, ReadsFixedBySqPoll) { read_fixed(IORING_SETUP_SQPOLL, kBytes); }
TEST(PolledBlockDevice, ReadsFixedByIoPoll) { read_fixed(IORING_SETUP_IOPOLL, kBytes); }
// The test's host has taken them away from that controller.
TEST(WithoutPollQueues, BlockDeviceRefusesIoPoll) {
  read_fixed(IORING_SETUP_IOPOLL, -EOPNOTSUPP, "media");
}

}  // namespace
}  // namespace vyre::vm
