// What the driver does with commands that are right.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

constexpr unsigned kSqPoll = kWide | IORING_SETUP_SQPOLL;
constexpr unsigned kIoPoll = kWide | IORING_SETUP_IOPOLL;
constexpr unsigned kDeferred = kWide | IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;

struct Way {
  const char* name;
  unsigned flags;
  bool fixed_buffer = false;
  bool fixed_file = false;
  /// Where in the buffer the first command's bytes go.
  std::uint32_t sub_offset = 0;
  std::uint32_t depth = 1;
  std::uint32_t blocks = 8;
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

class PassthroughWay : public testing::TestWithParam<Way> {};

TEST_P(PassthroughWay, DeliversTheBytes) {
  const Way& way = GetParam();
  const auto file = open_node(nodes_of("data").generic, O_RDONLY);
  const std::size_t bytes = std::size_t{way.blocks} * kBlockBytes;
  const auto buffer = Mapping::anonymous(way.sub_offset + way.depth * bytes);
  RawRing ring(way.flags);
  if (way.fixed_buffer) {
    ASSERT_EQ(ring.register_buffer(buffer.bytes()), 0);
  }
  if (way.fixed_file) {
    ASSERT_EQ(ring.register_file(file.get()), 0);
  }
  const auto target = buffer.bytes().subspan(way.sub_offset);
  const auto lba_of = [&](std::uint64_t index) { return 1000 + 701 * index; };
  for (std::uint32_t i = 0; i < way.depth; ++i) {
    ring.queue(read_command(lba_of(i), way.blocks, target.data() + i * bytes),
               {.file = way.fixed_file ? 0 : file.get(),
                .fixed_file = way.fixed_file,
                .fixed_buffer = way.fixed_buffer,
                .user_data = i});
  }
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), way.depth);
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.result, 0);
    EXPECT_EQ(answer.dword0, 0U);
    EXPECT_TRUE(holds_pattern(target.subspan(answer.user_data * bytes, bytes),
                              lba_of(answer.user_data) * kBlockBytes))
        << "command " << answer.user_data;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Passthrough, PassthroughWay,
    testing::Values(Way{"Plain", kWide}, Way{"OneBlock", kWide, false, false, 0, 1, 1},
                    Way{"LargestCommand", kWide, false, false, 0, 1, 1024},
                    Way{"Fixed", kWide, true},
                    Way{"SubOffsetOfRegisteredBuffer", kWide, true, false, 5 * 4096 + 512},
                    Way{"FixedBufferAndFile32Deep", kWide, true, true, 0, 32, 64},
                    Way{"SqPoll", kSqPoll, true, true, 0, 32},
                    Way{"IoPoll", kIoPoll, true, false, 0, 32},
                    Way{"SqPollAndIoPoll", kSqPoll | IORING_SETUP_IOPOLL, true, true, 0, 32},
                    Way{"DeferredTaskRun", kDeferred, true, true, 0, 32}),
    [](const auto& instance) { return std::string(instance.param.name); });

TEST(Passthrough, CompletesOutOfOrder) {
  const auto file = open_node(nodes_of("data").generic, O_RDONLY);
  constexpr std::size_t kMost = 512 << 10;
  const auto buffer = Mapping::anonymous(32 * kMost);
  RawRing ring(kWide);
  // Large and small ones in turn; the small ones overtake.
  const auto blocks_of = [](std::uint64_t index) { return index % 2 == 0 ? 1024U : 1U; };
  for (std::uint32_t i = 0; i < 32; ++i) {
    ring.queue(read_command(1024 * i, blocks_of(i), buffer.bytes().data() + i * kMost),
               {.file = file.get(), .user_data = i});
  }
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), 32U);
  EXPECT_FALSE(std::ranges::is_sorted(answers, {}, &Answer::user_data));
  for (const Answer& answer : answers) {
    ASSERT_EQ(answer.result, 0);
    const auto part =
        buffer.bytes().subspan(answer.user_data * kMost, blocks_of(answer.user_data) * kBlockBytes);
    EXPECT_TRUE(holds_pattern(part, answer.user_data * kMost)) << "command " << answer.user_data;
  }
}

}  // namespace
}  // namespace vyre::vm
