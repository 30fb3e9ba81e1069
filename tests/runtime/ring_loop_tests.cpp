#include <gtest/gtest.h>

#include "backend/cpu/cpu_backend.hpp"
#include "memory/mapped_buffer.hpp"
#include "runtime/ring_loop.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "uring/io_uring.hpp"
#include "vyre/program_builder.hpp"

namespace vyre::runtime {
namespace {

class VectorFeed final : public FileFeed {
 public:
  explicit VectorFeed(std::vector<FileSource> files) : files_(std::move(files)) {}
  bool next(std::vector<FileSource>& batch, std::size_t limit) override {
    while (limit-- != 0 && taken_ < files_.size()) batch.push_back(files_[taken_++]);
    return taken_ < files_.size();
  }

 private:
  std::vector<FileSource> files_;
  std::size_t taken_ = 0;
};

/// The files in the order in which they ended, and their bytes.
class Transcript final : public ChunkConsumer {
 public:
  void on_chunk(const ChunkView& chunk) override {
    content.append(chunk.bytes.data() + chunk.own_begin, chunk.own_end - chunk.own_begin);
  }
  void on_file_end(const StreamedFile& file, const Error* error) override {
    EXPECT_EQ(error, nullptr) << file.path();
    paths.push_back(file.path());
  }
  std::string content;
  std::vector<std::string> paths;
};

class RingLoopTest : public testing::TestWithParam<std::uint64_t> {
 protected:
  static constexpr u32 kSlots = 5;
  static constexpr u32 kSlotBytes = 32 * 1024;

  void SetUp() override {
    auto backend = backend::make_cpu_backend({.workers = 2});
    ASSERT_TRUE(backend.has_value());
    // As small as it may be, so that slots meet a full queue.
    auto megakernel =
        backend::Megakernel::create(std::move(*backend), {.queues = 1, .queue_capacity = 2});
    ASSERT_TRUE(megakernel.has_value());
    megakernel_ = std::move(*megakernel);
    ASSERT_TRUE(megakernel_->launch().has_value());
    auto buffer = memory::MappedBuffer::anonymous(std::size_t{kSlots} * kSlotBytes);
    ASSERT_TRUE(buffer.has_value());
    buffer_ = std::make_unique<memory::MappedBuffer>(std::move(*buffer));
    auto ring = uring::IoUring::create({});
    ASSERT_TRUE(ring.has_value()) << ring.error().message();
    ring_ = std::move(*ring);
    auto whole = buffer_->region(0, buffer_->size());
    ASSERT_TRUE(whole.has_value());
    ASSERT_TRUE(ring_->register_buffer(std::move(*whole)).has_value());
    auto region = megakernel_->add_region(buffer_->bytes(), kSlots, 16);
    ASSERT_TRUE(region.has_value());
    region_ = std::move(*region);
    ASSERT_TRUE(megakernel_->queue(0).wake_through(ring_->wake_descriptor()).has_value());
  }

  Status run(FileFeed& feed, ChunkConsumer& consumer, std::uint64_t seed) {
    ProgramBuilder builder;
    builder.halt();
    auto program = verify(builder.build());
    auto opcode = megakernel_->load(*program, 0);
    test::FaultRing shuffled(*ring_);
    shuffled.shuffle(seed);
    auto driver = ingest::IngestDriver::create(shuffled, buffer_->bytes(), {.slots = kSlots});
    std::atomic<bool> cancelled{false};
    RingStatistics statistics;
    RingLoop loop({**driver, *megakernel_, megakernel_->queue(0), region_},
                  {.feed = &feed,
                   .consumer = &consumer,
                   .target = {.opcode = *opcode},
                   .cancelled = &cancelled},
                  statistics);
    return loop.run();
  }

  std::unique_ptr<backend::Megakernel> megakernel_;
  std::unique_ptr<memory::MappedBuffer> buffer_;
  std::unique_ptr<uring::IoUring> ring_;
  backend::Region region_;
};

TEST_P(RingLoopTest, DeliversInOrderWhateverTheOrderOfCompletions) {
  SCOPED_TRACE("seed " + std::to_string(GetParam()));
  std::mt19937_64 random(GetParam());
  test::TemporaryTree tree;
  std::vector<FileSource> files;
  std::string expected;
  for (int n = 0; n < 60; ++n) {
    const bool big = random() % 4 == 0;
    const std::string content(random() % (big ? 200'000 : 12'000), static_cast<char>('a' + n % 26));
    files.push_back(tree.add("file" + std::to_string(n), content));
    expected += content;
  }
  VectorFeed feed(files);
  Transcript transcript;
  const Status status = run(feed, transcript, GetParam());
  ASSERT_TRUE(status.has_value()) << status.error().message();
  ASSERT_EQ(transcript.paths.size(), files.size());
  for (std::size_t n = 0; n < files.size(); ++n) EXPECT_EQ(transcript.paths[n], files[n].path);
  EXPECT_TRUE(transcript.content == expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RingLoopTest, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace vyre::runtime
