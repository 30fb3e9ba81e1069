// Commands through our own ring, on the real driver.

#include <fcntl.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <vector>

#include "memory/mapped_buffer.hpp"
#include "nvme/namespace.hpp"
#include "tests/vm/guest/devices.hpp"
#include "uring/io_uring.hpp"

namespace vyre::vm {
namespace {

using uring::IoUring;
using uring::Operation;

constexpr std::uint32_t kDepth = 32;
constexpr std::uint32_t kCommandBytes = 64 << 10;
constexpr std::uint64_t kCommandBlocks = kCommandBytes / kBlockBytes;

struct Way {
  const char* name;
  uring::Profile profile;
  Operation operation = Operation::kNvmeReadFixed;
  /// The controller whose memory is the target; empty: the process's own.
  const char* peer = "";
  const char* serial = "data";
};

void PrintTo(const Way& way, std::ostream* out) { *out << way.name; }

/// A ring and memory for kDepth commands.
class Commands {
 public:
  explicit Commands(const Way& way)
      : opened_(nvme::open_namespace(nodes_of(way.serial).generic)),
        memory_(*way.peer != 0 ? Mapping::peer(way.peer, kDepth * kCommandBytes)
                               : Mapping::anonymous(kDepth * kCommandBytes)),
        buffer_(memory::MappedBuffer::adopt(
            memory_.bytes(),
            *way.peer != 0 ? memory::MemoryKind::kPeerMapped : memory::MemoryKind::kAnonymous,
            [](std::span<std::byte>) {})),
        operation_(way.operation) {
    auto ring = IoUring::create({.profile = way.profile, .wide_entries = true});
    EXPECT_TRUE(ring) << ring.error().message();
    EXPECT_TRUE(opened_) << opened_.error().message();
    ring_ = std::move(*ring);
    if (operation_ == Operation::kNvmeReadFixed) {
      const auto registered = ring_->register_buffer(*buffer_.region(0, buffer_.size()));
      EXPECT_TRUE(registered) << registered.error().message();
    }
    EXPECT_TRUE(ring_->set_file({0}, (*opened_)->descriptor()));
  }

  /// Reads from `lba` on into the place `index`.
  void queue(std::uint32_t index, std::uint64_t lba, std::uint64_t blocks = kCommandBlocks) {
    const auto target = bytes(index).first(blocks * kBlockBytes);
    const auto command = nvme::encode_nvme_read((*opened_)->identity(), {lba, blocks},
                                                {target.data(), target.size()});
    ASSERT_TRUE(command) << command.error().message();
    ring_->queue({.operation = operation_,
                  .fixed_file = true,
                  .file = 0,
                  .command = &*command,
                  .user_data = index});
  }

  /// Waits for so many.
  std::vector<uring::Completion> completions(std::size_t wanted) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    std::vector<uring::Completion> found;
    while (found.size() < wanted && std::chrono::steady_clock::now() < deadline) {
      EXPECT_TRUE(ring_->wait(std::chrono::milliseconds(100)));
      std::array<uring::Completion, kDepth> some;
      const auto count = ring_->reap(some);
      EXPECT_TRUE(count);
      found.insert(found.end(), some.begin(), some.begin() + static_cast<std::ptrdiff_t>(*count));
    }
    EXPECT_EQ(found.size(), wanted);
    return found;
  }

  [[nodiscard]] std::span<std::byte> bytes(std::uint64_t index) const {
    return memory_.bytes().subspan(index * kCommandBytes, kCommandBytes);
  }
  [[nodiscard]] IoUring& ring() { return *ring_; }
  void drop_ring() { ring_.reset(); }

 private:
  Result<std::unique_ptr<nvme::Namespace>> opened_;
  Mapping memory_;
  memory::MappedBuffer buffer_;
  std::unique_ptr<IoUring> ring_;
  Operation operation_;
};

class RingCommands : public testing::TestWithParam<Way> {};

TEST_P(RingCommands, DeliverTheBytes) {
  Commands commands(GetParam());
  const auto lba_of = [](std::uint64_t index) { return 300 + 1111 * index; };
  for (std::uint32_t i = 0; i < kDepth; ++i) commands.queue(i, lba_of(i));
  EXPECT_EQ(commands.ring().in_flight(), kDepth);
  for (const auto& completion : commands.completions(kDepth)) {
    EXPECT_EQ(completion.result, 0);
    EXPECT_TRUE(completion.device_status.success());
    EXPECT_TRUE(holds_pattern(commands.bytes(completion.user_data),
                              lba_of(completion.user_data) * kBlockBytes))
        << "command " << completion.user_data;
  }
  EXPECT_EQ(commands.ring().in_flight(), 0U);
}

std::string name_of(const testing::TestParamInfo<Way>& instance) { return instance.param.name; }

INSTANTIATE_TEST_SUITE_P(
    Ring, RingCommands,
    testing::Values(Way{"Default", uring::Profile::kDefault},
                    Way{"SqPoll", uring::Profile::kSqPoll}, Way{"IoPoll", uring::Profile::kIoPoll},
                    Way{"NotRegistered", uring::Profile::kDefault, Operation::kNvmeRead}),
    name_of);

INSTANTIATE_TEST_SUITE_P(
    PeerMemory, RingCommands,
    testing::Values(Way{"Default", uring::Profile::kDefault, Operation::kNvmeRead, "peer"},
                    Way{"SqPoll", uring::Profile::kSqPoll, Operation::kNvmeRead, "peer"},
                    Way{"IoPoll", uring::Profile::kIoPoll, Operation::kNvmeRead, "peer"}),
    name_of);

// A controller that the test's host has taken the poll queues from: commands, other than reads of
// its block device, are polled for all the same.
INSTANTIATE_TEST_SUITE_P(WithoutPollQueues, RingCommands,
                         testing::Values(Way{"IoPoll", uring::Profile::kIoPoll,
                                             Operation::kNvmeReadFixed, "", "media"}),
                         name_of);

TEST(Ring, TellsTheStatusOfBadMediaApart) {
  Commands commands({"", uring::Profile::kDefault, Operation::kNvmeRead, "", "media"});
  // The last of these holds the block 40000.
  for (std::uint32_t i = 0; i < 4; ++i) commands.queue(i, 39500 + kCommandBlocks * i);
  for (const auto& completion : commands.completions(4)) {
    const bool bad = completion.user_data == 3;
    EXPECT_EQ(completion.result, 0);
    EXPECT_EQ(completion.device_status.raw(), bad ? 0x281 : 0);
    EXPECT_EQ(completion.device_status.is_media_error(), bad);
  }
}

TEST(Ring, TakesCompletionsInAnyOrder) {
  Commands commands({"", uring::Profile::kDefault, Operation::kNvmeRead});
  // Large and small ones in turn; the small ones overtake.
  const auto blocks_of = [](std::uint64_t index) { return index % 2 == 0 ? kCommandBlocks : 1; };
  for (std::uint32_t i = 0; i < kDepth; ++i) commands.queue(i, 999 * i, blocks_of(i));
  const auto completions = commands.completions(kDepth);
  EXPECT_FALSE(std::ranges::is_sorted(completions, {}, &uring::Completion::user_data));
  for (const auto& completion : completions) {
    const std::uint64_t index = completion.user_data;
    EXPECT_TRUE(completion.result == 0 && completion.device_status.success());
    EXPECT_TRUE(holds_pattern(commands.bytes(index).first(blocks_of(index) * kBlockBytes),
                              999 * index * kBlockBytes))
        << "command " << index;
  }
}

TEST(Ring, EndsWithCommandsInFlight) {
  Commands commands({"", uring::Profile::kDefault});
  for (std::uint32_t i = 0; i < kDepth; ++i) commands.queue(i, 2048 * i);
  ASSERT_TRUE(commands.ring().submit());
  commands.drop_ring();
  // No transfer is under way any more that could write here.
  std::ranges::fill(commands.bytes(0), std::byte{0x77});
  std::ranges::fill(commands.bytes(kDepth - 1), std::byte{0x77});
  const auto reader = nvme::open_namespace(nodes_of("data").generic);
  ASSERT_TRUE(reader);
  const auto buffer = Mapping::anonymous(1 << 20);
  ASSERT_TRUE((*reader)->read(0, buffer.bytes()));
  for (const std::uint32_t index : {0U, kDepth - 1}) {
    EXPECT_EQ(std::ranges::count(commands.bytes(index), std::byte{0x77}), kCommandBytes);
  }
}

}  // namespace
}  // namespace vyre::vm
