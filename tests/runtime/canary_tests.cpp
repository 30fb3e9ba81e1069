#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "runtime/canary.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/simulated_device.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "uring/io_uring.hpp"

namespace vyre::runtime {
namespace {

using ::testing::HasSubstr;

constexpr u32 kBlock = 512;
constexpr u64 kBlocks = 1024;
constexpr u16 kMediaError = 0x281;

/// A canary whose peer memory is ordinary, and whose ring a test tampers with.
class CanaryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto inner = uring::IoUring::create({.entries = 2, .file_slots = 0});
    ASSERT_TRUE(inner) << inner.error().message();
    inner_ = std::move(*inner);
    peer_.emplace(memory::MappedBuffer::anonymous(kCanaryBytes).value());
    auto ring = std::make_unique<test::FaultRing>(*inner_);
    ring_ = ring.get();
    ring_->name_space = identity_;
    devices_.identity = identity_;
    auto canary = Canary::create(
        peer_->bytes(), std::move(ring),
        {.path = PathChoice::kPeer, .registered_target = false, .commands = true}, devices_);
    ASSERT_TRUE(canary) << canary.error().message();
    canary_ = std::move(*canary);
  }

  /// A namespace of noise.
  FileSource add_namespace() {
    content_ = test::noise(kBlocks * kBlock, 7);
    FileSource source = tree_.add("ng0n1", content_);
    devices_.nodes[source.path] = {
        .kind = nvme::NodeKind::kNamespace, .name = "ng0n1", .namespace_node = source.path};
    devices_.namespaces[source.path] = source.path;
    source.device = true;
    return source;
  }
  [[nodiscard]] bool into_peer(const uring::Submission& submission) const {
    const auto address = submission.command != nullptr
                             ? reinterpret_cast<const void*>(submission.command->addr)
                             : submission.address;
    return address == peer_->data();
  }
  /// `fault` for the reads into peer memory.
  void tamper(const test::Fault& fault) {
    ring_->fault = [this, fault](const uring::Submission& submission) {
      return into_peer(submission) ? fault : test::Fault{};
    };
  }

  const nvme::Identity identity_{
      .nsid = 1, .block_bytes = kBlock, .blocks = kBlocks, .largest_command = 64 * 1024};
  test::TemporaryTree tree_;
  test::SimulatedDevices devices_;
  std::string content_;
  std::unique_ptr<uring::IoUring> inner_;
  std::optional<memory::MappedBuffer> peer_;
  test::FaultRing* ring_ = nullptr;
  std::unique_ptr<Canary> canary_;
};

TEST_F(CanaryTest, IsContentWhereTheBytesArrive) {
  const FileSource source = add_namespace();
  const Status tried = canary_->try_source(source);
  ASSERT_TRUE(tried) << tried.error().message();
  EXPECT_EQ(std::memcmp(peer_->data(), content_.data(), kCanaryBytes), 0);
  EXPECT_EQ(ring_->commands, 2u) << "one into ordinary memory, one into the peer's";
}

TEST_F(CanaryTest, TriesTheWindowThatWillBeRead) {
  FileSource source = add_namespace();
  source.blocks = BlockRange{kBlocks - 1, 1};
  ASSERT_TRUE(canary_->try_source(source));
  EXPECT_EQ(std::memcmp(peer_->data(), content_.data() + (kBlocks - 1) * kBlock, kBlock), 0);
}

TEST_F(CanaryTest, TriesFilesPastThePageCache) {
  for (const std::size_t bytes : {1, 4096, 5000, 100000}) {
    const std::string content = test::noise(bytes, bytes);
    const FileSource source = tree_.add("file" + std::to_string(bytes), content);
    const base::OwnedFd direct(::open(source.path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC));
    if (!direct) GTEST_SKIP() << "the file system of the temporary folder refuses O_DIRECT";
    const Status tried = canary_->try_source(source);
    ASSERT_TRUE(tried) << tried.error().message();
    // What the file system may copy is not opened for peer memory, and is the driver's to refuse.
    struct statx state {};
    ASSERT_EQ(::statx(direct.get(), "", AT_EMPTY_PATH, STATX_DIOALIGN, &state), 0);
    if ((state.stx_mask & STATX_DIOALIGN) == 0) continue;
    const std::size_t seen = std::min(bytes, kCanaryBytes);
    EXPECT_EQ(std::memcmp(peer_->data(), content.data(), seen), 0) << bytes;
  }
}

TEST_F(CanaryTest, MeetsASuccessThatBringsNothing) {
  const FileSource source = add_namespace();
  for (const u32 arrives : {512u, 2048u, 3584u}) {
    // The command ends well, and so much of it arrives.
    tamper({.shorten = arrives});
    const Status tried = canary_->try_source(source);
    ASSERT_FALSE(tried) << arrives;
    EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(tried.error().what, HasSubstr("canary read of 65536 bytes"));
    EXPECT_THAT(tried.error().what, HasSubstr("did not arrive"));
    EXPECT_THAT(tried.error().fix, HasSubstr("--path mapped"));
  }
}

TEST_F(CanaryTest, TellsWhyPeerMemoryIsRefused) {
  const FileSource source = add_namespace();
  for (const int refusal : {EREMOTEIO, EINVAL}) {
    tamper({.result = -refusal});
    const Status tried = canary_->try_source(source);
    ASSERT_FALSE(tried) << refusal;
    EXPECT_EQ(tried.error().code, ErrorCode::kUnavailable);
    EXPECT_THAT(tried.error().what, HasSubstr(std::strerror(refusal)));
    EXPECT_THAT(tried.error().fix, HasSubstr("PCIe switch"));
  }
}

TEST_F(CanaryTest, LooksElsewhereWhereBlocksAreBad) {
  const FileSource source = add_namespace();
  int tries = 0;
  ring_->fault = [&tries](const uring::Submission&) {
    return ++tries <= 2 ? test::Fault{.status = kMediaError} : test::Fault{};
  };
  const Status tried = canary_->try_source(source);
  ASSERT_TRUE(tried) << tried.error().message();
  EXPECT_EQ(
      std::memcmp(peer_->data(), content_.data() + content_.size() - kCanaryBytes, kCanaryBytes),
      0);
  ring_->fault = [](const uring::Submission&) { return test::Fault{.status = kMediaError}; };
  const Status all_bad = canary_->try_source(source);
  ASSERT_FALSE(all_bad);
  EXPECT_THAT(all_bad.error().what, HasSubstr("no read into ordinary memory succeeds"));
}

TEST_F(CanaryTest, BearsAWriterBetweenItsReads) {
  const FileSource source = add_namespace();
  int reads = 0;
  ring_->fault = [&](const uring::Submission& submission) {
    if (into_peer(submission) && ++reads == 1) {
      const base::OwnedFd file(::open(source.path.c_str(), O_WRONLY | O_CLOEXEC));
      EXPECT_EQ(::pwrite(file.get(), "written", 7, 100), 7);
    }
    return test::Fault{};
  };
  const Status tried = canary_->try_source(source);
  EXPECT_TRUE(tried) << tried.error().message();
  EXPECT_EQ(reads, 2);
}

TEST_F(CanaryTest, LeavesToTheDriverWhatCannotBeOpenedOrIsEmpty) {
  EXPECT_TRUE(canary_->try_source({.path = tree_.path("missing")}));
  EXPECT_TRUE(canary_->try_source(tree_.add("empty", "")));
  FileSource beyond = add_namespace();
  beyond.blocks = BlockRange{kBlocks, 1};
  EXPECT_TRUE(canary_->try_source(beyond));
}

}  // namespace
}  // namespace vyre::runtime
