#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>

#include "runtime/ring_loop.hpp"
#include "tests/backend/machine.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/simulated_device.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "tests/runtime/list_feed.hpp"
#include "uring/io_uring.hpp"
#include "vyre/program_text.hpp"

namespace vyre::runtime {
namespace {

using ::testing::HasSubstr;

constexpr u32 kSlots = 4;
constexpr u32 kSlotBytes = 128 * 1024;
constexpr u32 kBlock = 512;
constexpr u64 kBlocks = 2000;
/// Where the source begins into which the canary's reads do not arrive.
constexpr u64 kLostBlock = 1000;

class Seen final : public ChunkConsumer {
 public:
  void on_chunk(const ChunkView& chunk) override {
    content[chunk.file.first_offset()].append(chunk.bytes.data() + chunk.own_begin,
                                              chunk.own_end - chunk.own_begin);
  }
  void on_file_end(const StreamedFile&, const Error* error) override {
    ++ended;
    if (error != nullptr) errors.push_back(error->what);
  }
  /// By the first byte's place on the device.
  std::map<std::uint64_t, std::string> content;
  std::vector<std::string> errors;
  int ended = 0;
};

/// One ring's loop over namespaces, with slots that play peer memory: no ring has registered them.
class PeerLoop : public ::testing::Test {
 protected:
  void SetUp() override {
    megakernel_ = backend::make_machine(2, {.queues = 1, .queue_capacity = kSlots});
    const std::size_t bytes = std::size_t{kSlots} * kSlotBytes;
    buffer_.emplace(memory::MappedBuffer::anonymous(bytes + kCanaryBytes).value());
    slots_ = buffer_->bytes().first(bytes);
    auto ring = uring::IoUring::create({});
    auto canary_ring = uring::IoUring::create({.entries = 2, .file_slots = 0});
    ASSERT_TRUE(ring && canary_ring);
    ring_ = std::move(*ring);
    canary_ring_ = std::move(*canary_ring);
    content_ = test::noise(kBlocks * kBlock, 5);
    node_ = tree_.add("ng0n1", content_).path;
    devices_.nodes[node_] = {
        .kind = nvme::NodeKind::kNamespace, .name = "ng0n1", .namespace_node = node_};
    devices_.namespaces[node_] = node_;
    devices_.identity = identity_;
    auto region = megakernel_->add_region(slots_, kSlots, 16);
    ASSERT_TRUE(region);
    region_ = std::move(*region);
    ASSERT_TRUE(megakernel_->queue(0).wake_through(ring_->wake_descriptor()));
  }

  FileSource window(u64 first, u64 count) const {
    return {.path = node_, .device = true, .blocks = BlockRange{first, count}};
  }

  std::unique_ptr<Canary> make_canary() {
    auto ring = std::make_unique<test::FaultRing>(*canary_ring_);
    ring->name_space = identity_;
    const std::byte* const peer = buffer_->bytes().subspan(slots_.size()).data();
    ring->fault = [peer](const uring::Submission& submission) {
      const auto fields = test::decode(std::as_bytes(std::span(submission.command, 1)));
      const bool into_peer = fields.address == reinterpret_cast<std::uintptr_t>(peer);
      return into_peer && fields.lba == kLostBlock ? test::Fault{.shorten = kBlock} : test::Fault{};
    };
    return Canary::create(buffer_->bytes().subspan(slots_.size()), std::move(ring),
                          {.path = PathChoice::kPeer, .registered_target = false, .commands = true},
                          devices_)
        .value();
  }

  const nvme::Identity identity_{
      .nsid = 1, .block_bytes = kBlock, .blocks = kBlocks, .largest_command = 64 * 1024};
  std::unique_ptr<backend::Megakernel> megakernel_;
  std::optional<memory::MappedBuffer> buffer_;
  std::span<std::byte> slots_;
  std::unique_ptr<uring::IoUring> ring_;
  std::unique_ptr<uring::IoUring> canary_ring_;
  backend::Region region_;
  test::TemporaryTree tree_;
  test::SimulatedDevices devices_;
  std::string content_;
  std::string node_;
};

TEST_F(PeerLoop, EndsASourceWhoseCanaryFailsAndReadsTheOthers) {
  const std::vector<FileSource> sources = {window(0, 900), window(kLostBlock, 500),
                                           window(1500, 500), window(kLostBlock, 3)};
  test::ListFeed feed(sources);
  test::FaultRing commands(*ring_);
  commands.name_space = identity_;
  auto driver = ingest::IngestDriver::create(commands, slots_,
                                             {.slots = kSlots,
                                              .path = PathChoice::kPeer,
                                              .registered_target = false,
                                              .devices = &devices_});
  ASSERT_TRUE(driver) << driver.error().message();
  const std::unique_ptr<Canary> canary = make_canary();
  const auto program = verify(assemble("halt").value());
  const auto opcode = megakernel_->load(program.value(), 0);
  std::atomic<bool> cancelled{false};
  RingStatistics statistics;
  Seen seen;
  RingLoop loop({**driver, *megakernel_, megakernel_->queue(0), region_, canary.get()},
                {.feed = &feed,
                 .consumer = &seen,
                 .target = {.opcode = *opcode, .peer_slots = true},
                 .cancelled = &cancelled},
                statistics);
  const Status status = loop.run();
  ASSERT_TRUE(status) << status.error().message();

  EXPECT_EQ(seen.ended, 4);
  EXPECT_EQ(statistics.files, 4u);
  EXPECT_EQ(statistics.failed_files, 2u);
  ASSERT_EQ(seen.errors.size(), 2u);
  for (const std::string& error : seen.errors) EXPECT_THAT(error, HasSubstr("did not arrive"));
  ASSERT_EQ(seen.content.size(), 2u) << "nothing of the source that was refused";
  EXPECT_TRUE(seen.content[0] == content_.substr(0, 900 * kBlock));
  EXPECT_TRUE(seen.content[1500 * kBlock] == content_.substr(1500 * kBlock));

  const auto& origins = (*driver)->certificate().origins();
  ASSERT_EQ(origins.size(), 1u);
  const OriginCertificate& certificate = origins.begin()->second;
  EXPECT_GE(certificate.path(CertifiedPath::kPeer).bytes.value(), 1400u * kBlock);
  EXPECT_TRUE(certificate.obstacles.empty());
  EXPECT_TRUE((*driver)->telemetry().validate_completed_zero_copy(ReadPath::kNvmePeer));
  EXPECT_FALSE((*driver)->telemetry().validate_completed_zero_copy(ReadPath::kNvmePassthrough));
}

}  // namespace
}  // namespace vyre::runtime
