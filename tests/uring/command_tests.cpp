#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstring>

#include "nvme/refusal.hpp"
#include "tests/nvme/command_bytes.hpp"
#include "uring/io_uring.hpp"
#include "uring/prepare.hpp"

// NVMe commands through a ring, without a device that could serve them.
namespace vyre::uring {
namespace {

constexpr nvme::Identity kDisk{
    .nsid = 9, .block_bytes = 512, .blocks = 1u << 20, .largest_command = 64 * 1024};

nvme::ReadCommand command_into(std::byte* memory) {
  const auto command = nvme::encode_nvme_read(kDisk, {0x12345, 3}, {memory, 3 * 512});
  EXPECT_TRUE(command);
  return *command;
}

struct alignas(128) WideEntry {
  std::array<std::byte, 128> bytes;
};

TEST(Command, LiesInsideItsSubmission) {
  std::array<std::byte, 3 * 512> memory{};
  const nvme::ReadCommand command = command_into(memory.data());
  for (const bool fixed : {false, true}) {
    for (const bool fixed_file : {false, true}) {
      WideEntry entry{};
      entry.bytes.fill(std::byte{0xEE});
      prepare(reinterpret_cast<io_uring_sqe*>(&entry),
              {.operation = fixed ? Operation::kNvmeReadFixed : Operation::kNvmeRead,
               .fixed_file = fixed_file,
               .file = 5,
               .command = &command});
      const std::span<const std::byte> bytes(entry.bytes);
      EXPECT_EQ(test::field_at<u8>(bytes, 0), 46);
      EXPECT_EQ(test::field_at<u8>(bytes, 1), fixed_file ? 1 : 0);
      EXPECT_EQ(test::field_at<u16>(bytes, 2), 0);
      EXPECT_EQ(test::field_at<u32>(bytes, 4), 5u);
      EXPECT_EQ(test::field_at<u32>(bytes, 8), 0xc0484e80u);
      EXPECT_EQ(test::field_at<u32>(bytes, 12), 0u);
      EXPECT_EQ(test::field_at<u64>(bytes, 16), 0u);
      EXPECT_EQ(test::field_at<u32>(bytes, 24), 0u);
      EXPECT_EQ(test::field_at<u32>(bytes, 28), fixed ? 1u : 0u);
      EXPECT_EQ(test::field_at<u16>(bytes, 40), 0);
      EXPECT_EQ(test::field_at<u32>(bytes, 44), 0u);
      EXPECT_EQ(std::memcmp(bytes.data() + 48, &command, 72), 0);
      EXPECT_EQ(test::field_at<u64>(bytes, 120), 0u);
      const auto fields = test::decode(bytes.subspan(48, 72));
      EXPECT_EQ(fields.nsid, 9u);
      EXPECT_EQ(fields.lba, 0x12345u);
      EXPECT_EQ(fields.blocks, 3u);
      EXPECT_EQ(fields.data_bytes, 3u * 512);
    }
  }
}

class CommandOnRing : public ::testing::TestWithParam<Profile> {
 protected:
  CommandOnRing() {
    buffer.emplace(std::move(*memory::MappedBuffer::anonymous(64 * 1024)));
    auto made = IoUring::create({.profile = GetParam(), .entries = 8, .wide_entries = true});
    EXPECT_TRUE(made) << made.error().message();
    ring = std::move(*made);
    EXPECT_TRUE(ring->register_buffer(*buffer->region(0, buffer->size())));
  }

  /// Sends one command to what is open at `descriptor`.
  Completion send(int descriptor, Operation operation) {
    const nvme::ReadCommand command = command_into(buffer->data());
    ring->queue(
        {.operation = operation, .file = descriptor, .command = &command, .user_data = 0x77});
    std::array<Completion, 4> completions{};
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(ring->wait(std::chrono::milliseconds(100)));
      const auto count = ring->reap(completions);
      EXPECT_TRUE(count);
      if (*count != 0) break;
    }
    EXPECT_EQ(completions[0].user_data, 0x77u) << "no bit of the ring's own shows";
    EXPECT_EQ(ring->in_flight(), 0u);
    return completions[0];
  }

  std::optional<memory::MappedBuffer> buffer;
  std::unique_ptr<IoUring> ring;
};

INSTANTIATE_TEST_SUITE_P(Profiles, CommandOnRing,
                         ::testing::Values(Profile::kDefault, Profile::kSqPoll, Profile::kIoPoll));

TEST_P(CommandOnRing, IsRefusedByWhatIsNoNamespaceAndTheRingGoesOn) {
  EXPECT_TRUE(ring->takes_commands());
  EXPECT_EQ(ring->polls(), GetParam() == Profile::kIoPoll);
  const base::OwnedFd file(::open("/proc/self/exe", O_RDONLY | O_CLOEXEC));
  for (int round = 0; round < 3; ++round) {
    for (const Operation operation : {Operation::kNvmeRead, Operation::kNvmeReadFixed}) {
      const Completion completion = send(file.get(), operation);
      EXPECT_EQ(completion.result, -EOPNOTSUPP);
      EXPECT_TRUE(completion.device_status.success());
      const Error error = nvme::command_refused(-completion.result, {0, 1}, {});
      EXPECT_FALSE(error.fix.empty());
    }
  }
}

TEST_P(CommandOnRing, IsRefusedByABlockDevice) {
  const base::OwnedFd disk(::open("/dev/loop0", O_RDONLY | O_CLOEXEC));
  if (!disk) GTEST_SKIP() << "no block device to open: /dev/loop0: " << std::strerror(errno);
  const Completion completion = send(disk.get(), Operation::kNvmeRead);
  EXPECT_TRUE(completion.result == -EINVAL || completion.result == -EOPNOTSUPP)
      << completion.result;
}

TEST_P(CommandOnRing, ThatSucceedsBringsNoByteCount) {
  // The null device takes any command, on kernels that let it take some.
  const base::OwnedFd null(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  const Completion completion = send(null.get(), Operation::kNvmeRead);
  if (ring->polls()) {
    EXPECT_EQ(completion.result, -EOPNOTSUPP) << "there is no queue of it to poll";
    return;
  }
  if (completion.result == -EOPNOTSUPP) GTEST_SKIP() << "/dev/null takes no commands here";
  EXPECT_EQ(completion.result, 0);
  EXPECT_TRUE(completion.device_status.success());
}

TEST_P(CommandOnRing, ToAFileOfTheTableThatIsEmptyFails) {
  ASSERT_GE(ring->file_slots(), 1u);
  const nvme::ReadCommand command = command_into(buffer->data());
  ring->queue({.operation = Operation::kNvmeReadFixed,
               .fixed_file = true,
               .file = 0,
               .command = &command,
               .user_data = 5});
  std::array<Completion, 4> completions{};
  std::size_t seen = 0;
  for (int i = 0; i < 50 && seen == 0; ++i) {
    ASSERT_TRUE(ring->wait(std::chrono::milliseconds(100)));
    seen = *ring->reap(completions);
  }
  ASSERT_EQ(seen, 1u);
  EXPECT_EQ(completions[0].result, -EBADF);
}

TEST(CommandDeathTest, NeedsWideEntries) {
  auto ring = IoUring::create({.entries = 4, .file_slots = 0});
  ASSERT_TRUE(ring);
  EXPECT_FALSE((*ring)->takes_commands());
  const nvme::ReadCommand command{};
  EXPECT_DEATH((*ring)->queue({.operation = Operation::kNvmeRead, .command = &command}), "wide");
}

}  // namespace
}  // namespace vyre::uring
