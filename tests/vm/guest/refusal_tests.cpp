// What the controller and the driver answer to commands that are wrong.

#include <fcntl.h>
#include <gtest/gtest.h>

#include <cstring>

#include "tests/vm/guest/devices.hpp"
#include "tests/vm/guest/raw_ring.hpp"

namespace vyre::vm {
namespace {

constexpr std::int32_t kDoNotRetry = 0x4000;

/// What a case may change of a good command.
struct Sent {
  nvme_uring_cmd command;
  Passthrough way;
  unsigned flags = kWide;
  std::span<std::byte> buffer;
};

struct Refusal {
  const char* name;
  void (*change)(Sent& sent);
  std::int32_t answer;
};

void PrintTo(const Refusal& refusal, std::ostream* out) { *out << refusal.name; }

class RefusedCommand : public testing::TestWithParam<Refusal> {};

TEST_P(RefusedCommand, IsAnswered) {
  const Nodes nodes = nodes_of("data");
  const auto file = open_node(nodes.generic, O_RDONLY);
  const auto buffer = Mapping::anonymous(2 << 20);
  Sent sent{read_command(8, 8, buffer.bytes().data()), {.file = file.get()}, kWide, buffer.bytes()};
  GetParam().change(sent);
  RawRing ring(sent.flags);
  if (sent.way.fixed_buffer) {
    ASSERT_EQ(ring.register_buffer(buffer.bytes().first(1 << 20)), 0);
  }
  EXPECT_EQ(ring.answer(sent.command, sent.way), GetParam().answer);
}

void set_blocks(nvme_uring_cmd& command, std::uint32_t blocks) {
  command.cdw12 = blocks - 1;
  command.data_len = blocks * kBlockBytes;
}

const Refusal kRefusals[] = {
    {"LbaPastTheEnd", [](Sent& s) { s.command.cdw10 = kDiskBlocks; }, kDoNotRetry | 0x80},
    {"LbaFarPastTheEnd", [](Sent& s) { s.command.cdw11 = 0xffffffff; }, kDoNotRetry | 0x80},
    {"StraddlesTheEnd", [](Sent& s) { s.command.cdw10 = kDiskBlocks - 4; }, kDoNotRetry | 0x80},
    {"BadOpcode", [](Sent& s) { s.command.opcode = 0x7e; }, kDoNotRetry | 0x01},
    {"NamespaceZero", [](Sent& s) { s.command.nsid = 0; }, -EINVAL},
    {"WrongNamespace", [](Sent& s) { s.command.nsid = 2; }, -EINVAL},
    {"EveryNamespace", [](Sent& s) { s.command.nsid = 0xffffffff; }, -EINVAL},
    {"AboveMdts", [](Sent& s) { set_blocks(s.command, 1025); }, -EINVAL},
    {"CommandFlags", [](Sent& s) { s.command.flags = 1; }, -EINVAL},
    {"BadAddress", [](Sent& s) { s.command.addr = 0x10000; }, -EFAULT},
    {"BadBufferIndex",
     [](Sent& s) {
       s.way.fixed_buffer = true;
       s.way.buffer = 7;
     },
     -EFAULT},
    {"OutsideTheRegisteredRange",
     [](Sent& s) {
       s.way.fixed_buffer = true;
       s.command.addr += 1 << 20;
     },
     -EFAULT},
    {"StraddlesTheRegisteredRange",
     [](Sent& s) {
       s.way.fixed_buffer = true;
       s.command.addr += (1 << 20) - 2048;
     },
     -EFAULT},
    {"NarrowSubmissions", [](Sent& s) { s.flags = IORING_SETUP_CQE32; }, -EOPNOTSUPP},
    {"NarrowCompletions", [](Sent& s) { s.flags = IORING_SETUP_SQE128; }, -EOPNOTSUPP},
    {"NarrowRing", [](Sent& s) { s.flags = 0; }, -EOPNOTSUPP},
    {"WrongOperation", [](Sent& s) { s.way.operation = NVME_URING_CMD_ADMIN_VEC + 1; }, -ENOTTY},
};

INSTANTIATE_TEST_SUITE_P(Passthrough, RefusedCommand, testing::ValuesIn(kRefusals),
                         [](const auto& instance) { return std::string(instance.param.name); });

class RefusedSubmission : public testing::Test {
 protected:
  std::int32_t read_by(const std::string& node) {
    const auto file = open_node(node, O_RDONLY);
    const auto buffer = Mapping::anonymous(4096);
    return RawRing(kWide).answer(read_command(0, 8, buffer.bytes().data()), {.file = file.get()});
  }
};

TEST_F(RefusedSubmission, IoCommandByTheController) {
  EXPECT_EQ(read_by(nodes_of("data").controller), -ENOTTY);
}

class CurrentKernelRefusedSubmission : public RefusedSubmission {};

// Before 6.12 a block device knew no commands at all: EOPNOTSUPP.
TEST_F(CurrentKernelRefusedSubmission, CommandByTheBlockDevice) {
  EXPECT_EQ(read_by(nodes_of("data").block), -EINVAL);
}

TEST_F(RefusedSubmission, ReservedFieldOfTheSubmission) {
  const auto file = open_node(nodes_of("data").generic, O_RDONLY);
  const auto buffer = Mapping::anonymous(4096);
  RawRing ring(kWide);
  ring.queue([&](io_uring_sqe* sqe) {
    const nvme_uring_cmd command = read_command(0, 8, buffer.bytes().data());
    std::memset(sqe, 0, offsetof(io_uring_sqe, cmd));
    sqe->opcode = IORING_OP_URING_CMD;
    sqe->fd = file.get();
    sqe->cmd_op = NVME_URING_CMD_IO;
    sqe->__pad1 = 1;
    std::memcpy(reinterpret_cast<std::byte*>(sqe) + offsetof(io_uring_sqe, cmd), &command,
                sizeof command);
  });
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), 1U);
  EXPECT_EQ(answers[0].result, -EINVAL);
}

/// Where the disk "media" cannot be read; so does blkdebug's configuration say.
constexpr std::uint64_t kBadBlock = 40000;

TEST(MediaError, CostsTheCommandThatMeetsIt) {
  const auto file = open_node(nodes_of("media").generic, O_RDONLY);
  const auto buffer = Mapping::anonymous(8 << 20);
  RawRing ring(kWide);
  for (std::uint32_t i = 0; i < 32; ++i) {
    ring.queue(read_command(kBadBlock - 12 + i, 1, buffer.bytes().data() + i * 4096),
               {.file = file.get(), .user_data = i});
  }
  const auto answers = ring.answers();
  ASSERT_EQ(answers.size(), 32U);
  for (const Answer& answer : answers) {
    const std::uint64_t lba = kBadBlock - 12 + answer.user_data;
    EXPECT_EQ(answer.result, lba == kBadBlock ? 0x281 : 0) << "LBA " << lba;
    if (lba != kBadBlock) {
      EXPECT_TRUE(holds_pattern(buffer.bytes().subspan(answer.user_data * 4096, kBlockBytes),
                                lba * kBlockBytes));
    }
  }
}

TEST(MediaError, EndsABlockRead) {
  const auto file = open_node(nodes_of("media").block, O_RDONLY | O_DIRECT);
  const auto buffer = Mapping::anonymous(4096);
  EXPECT_EQ(::pread(file.get(), buffer.bytes().data(), kBlockBytes, kBadBlock * kBlockBytes), -1);
  EXPECT_EQ(errno, ENODATA);
}

}  // namespace
}  // namespace vyre::vm
