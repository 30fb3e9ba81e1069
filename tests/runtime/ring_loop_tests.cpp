#include <gtest/gtest.h>

#include "runtime/ring_loop.hpp"
#include "tests/backend/machine_test.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "uring/io_uring.hpp"
#include "vyre/program_text.hpp"

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

/// The files in the order in which they ended, their bytes, and the first result of each.
class Transcript final : public ChunkConsumer {
 public:
  void on_chunk(const ChunkView& chunk) override {
    content.append(chunk.bytes.data() + chunk.own_begin, chunk.own_end - chunk.own_begin);
    if (!chunk.results.empty()) results[chunk.file.path()] += chunk.results[0];
  }
  void on_file_end(const StreamedFile& file, const Error* error) override {
    EXPECT_EQ(error, nullptr) << file.path();
    paths.push_back(file.path());
  }
  std::string content;
  std::vector<std::string> paths;
  std::map<std::string, u64> results;
};

class RingLoopTest : public backend::MachineTest,
                     public testing::WithParamInterface<std::uint64_t> {
 protected:
  static constexpr u32 kSlots = 5;
  static constexpr u32 kSlotBytes = 128 * 1024;

  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    // As small as it may be, so that slots meet a full queue.
    megakernel_ = backend::make_machine(2, {.queues = 1, .queue_capacity = 2});
    auto buffer = megakernel_->map_buffer(std::size_t{kSlots} * kSlotBytes);
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

  Status run(FileFeed& feed, ChunkConsumer& consumer, std::string_view text,
             ingest::Placement placement) {
    auto program = verify(assemble(text).value());
    auto opcode = megakernel_->load(program.value(), 0);
    test::FaultRing shuffled(*ring_);
    shuffled.shuffle(GetParam());
    auto driver = ingest::IngestDriver::create(shuffled, buffer_->bytes(),
                                               {.slots = kSlots, .placement = placement});
    std::atomic<bool> cancelled{false};
    RingStatistics statistics;
    RingLoop loop({**driver, *megakernel_, megakernel_->queue(0), region_},
                  {.feed = &feed,
                   .consumer = &consumer,
                   .target = {.opcode = *opcode, .order = program->bounds().order},
                   .placement = placement,
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
    const std::string content(random() % (big ? 900'000 : 12'000), static_cast<char>('a' + n % 26));
    files.push_back(tree.add("file" + std::to_string(n), content));
    expected += content;
  }
  VectorFeed feed(files);
  Transcript transcript;
  const Status status = run(feed, transcript, "halt", ingest::Placement::kPacked);
  ASSERT_TRUE(status.has_value()) << status.error().message();
  ASSERT_EQ(transcript.paths.size(), files.size());
  for (std::size_t n = 0; n < files.size(); ++n) EXPECT_EQ(transcript.paths[n], files[n].path);
  EXPECT_TRUE(transcript.content == expected);
}

/// The sum over tiles of (running number of the tile) * (its first byte): by carry, and by a
/// window.
constexpr std::string_view kCarried =
    ".result sum sum\n.carry 1\n c.load s0, 0\n s.addi s0, s0, 1\n c.store s0, 0\n"
    " s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n s.mul s2, s2, s0\n"
    " result s2, sum\n halt\n";
constexpr std::string_view kSerial =
    ".result sum sum\n.window number state 0\n v.const v1, 0\n v.lane v2\n m.eqi m0, v2, 0\n"
    " w.load v3, v1, m0, number\n v.addi v3, v3, 1\n w.store v3, v1, m0, number\n"
    " s.const s1, 0\n v.extract s0, v3, s1\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n"
    " s.mul s2, s2, s0\n result s2, sum\n halt\n";

struct OrderedRun {
  std::vector<FileSource> files;
  std::map<std::string, u64> expected;
};

/// `restart`: tiles are numbered anew in each file.
OrderedRun make_ordered_run(const test::TemporaryTree& tree, std::uint64_t seed, bool restart) {
  std::mt19937_64 random(seed);
  OrderedRun run;
  u64 number = 0;
  for (int n = 0; n < 50; ++n) {
    std::string content = test::noise(random() % (random() % 4 == 0 ? 900'000 : 12'000), random());
    if (random() % 10 == 0) content.clear();
    run.files.push_back(tree.add("file" + std::to_string(n), content));
    if (restart) number = 0;
    u64& sum = run.expected[run.files.back().path];
    for (std::size_t tile = 0; tile < std::max<std::size_t>(1, content.size());
         tile += kTileBytes) {
      const u64 byte = content.empty() ? 0 : static_cast<unsigned char>(content[tile]);
      sum += ++number * byte;
    }
  }
  return run;
}

TEST_P(RingLoopTest, HandsTheCarryFromChunkToChunk) {
  const test::TemporaryTree tree;
  const OrderedRun ordered = make_ordered_run(tree, GetParam(), true);
  VectorFeed feed(ordered.files);
  Transcript transcript;
  const Status status = run(feed, transcript, kCarried, ingest::Placement::kSeparate);
  ASSERT_TRUE(status.has_value()) << status.error().message();
  EXPECT_EQ(transcript.results, ordered.expected);
}

TEST_P(RingLoopTest, RunsASerialProgramInTheOrderOfTheFeed) {
  const test::TemporaryTree tree;
  const OrderedRun ordered = make_ordered_run(tree, GetParam(), false);
  VectorFeed feed(ordered.files);
  Transcript transcript;
  const Status status = run(feed, transcript, kSerial, ingest::Placement::kInOrder);
  ASSERT_TRUE(status.has_value()) << status.error().message();
  EXPECT_EQ(transcript.results, ordered.expected);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RingLoopTest, testing::Range<std::uint64_t>(1, 21));

}  // namespace
}  // namespace vyre::runtime
