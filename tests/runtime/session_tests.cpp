#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/runtime/list_feed.hpp"
#include "vyre/program_builder.hpp"
#include "vyre/session.hpp"

namespace vyre {
namespace {

namespace fs = std::filesystem;

constexpr char kMarker = '#';

/// Emits the offset of every marker byte.
VerifiedProgram marker_program() {
  constexpr ScalarRegister kLength{0};
  constexpr VectorRegister kOffset{0}, kMarkers{1}, kStep{2}, kLimit{3}, kBytes{4};
  constexpr MaskRegister kInside{0}, kFound{1};
  ProgramBuilder builder;
  builder.input(kLength, TileInput::kTileLength);
  builder.splat(kLimit, kLength);
  builder.lane(kOffset);
  builder.constant(kMarkers, kMarker);
  builder.constant(kStep, 128);
  builder.repeat(512);
  builder.less(kInside, kOffset, kLimit);
  builder.load_u8(kBytes, kOffset, kInside);
  builder.equal(kFound, kBytes, kMarkers);
  builder.mask_and(kFound, kFound, kInside);
  builder.emit(kOffset, kMarkers, kFound);
  builder.vector(VectorOperation::kAdd, kOffset, kOffset, kStep);
  builder.end();
  builder.halt();
  auto program = verify(builder.build());
  if (!program) throw std::runtime_error(program.error().message());
  return std::move(*program);
}

using test::ListFeed;

/// What a stream delivered of one file.
struct Delivered {
  std::string content;
  std::vector<std::uint64_t> markers;
  int ends = 0;
  bool failed = false;
  bool overflow = false;
};

/// Collects from all rings.
class Collector {
 public:
  ConsumerFactory factory() {
    return [this](std::uint32_t) { return std::make_unique<Consumer>(*this); };
  }
  std::map<std::string, Delivered> files;

 private:
  class Consumer final : public ChunkConsumer {
   public:
    explicit Consumer(Collector& all) : all_(all) {}
    void on_chunk(const ChunkView& chunk) override {
      const std::lock_guard lock(all_.mutex_);
      Delivered& file = all_.files[chunk.file.path()];
      EXPECT_EQ(chunk.file_offset + chunk.own_begin, file.content.size());
      EXPECT_EQ(chunk.first, file.content.empty());
      file.content.append(chunk.bytes.data() + chunk.own_begin, chunk.own_end - chunk.own_begin);
      file.overflow |= chunk.overflow;
      for (const Record& record : chunk.records) {
        file.markers.push_back(chunk.file_offset + record.offset);
      }
    }
    void on_file_end(const StreamedFile& streamed, const Error* error) override {
      const std::lock_guard lock(all_.mutex_);
      Delivered& file = all_.files[streamed.path()];
      ++file.ends;
      file.failed |= error != nullptr;
    }

   private:
    Collector& all_;
  };
  std::mutex mutex_;
};

class SessionTest : public backend::MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    std::string pattern = (fs::temp_directory_path() / "vyre-session-XXXXXX").string();
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
  }
  void TearDown() override {
    if (!root_.empty()) fs::remove_all(root_);
  }

  FileSource write(const std::string& name, const std::string& content) {
    const std::string path = root_ / name;
    std::ofstream(path, std::ios::binary) << content;
    contents_[path] = content;
    return {path, content.size()};
  }

  std::string random_content(std::size_t bytes) {
    std::string content(bytes, '.');
    for (char& byte : content) byte = static_cast<char>('a' + random_() % 26);
    for (std::size_t n = bytes / 5000; n-- != 0;) content[random_() % bytes] = kMarker;
    return content;
  }

  void expect_everything(const Collector& collector) {
    ASSERT_EQ(collector.files.size(), contents_.size());
    for (const auto& [path, content] : contents_) {
      const Delivered& file = collector.files.at(path);
      EXPECT_EQ(file.ends, 1) << path;
      EXPECT_FALSE(file.failed) << path;
      EXPECT_TRUE(file.content == content) << path;
      std::vector<std::uint64_t> markers;
      for (std::size_t at = content.find(kMarker); at != std::string::npos;
           at = content.find(kMarker, at + 1)) {
        markers.push_back(at);
      }
      EXPECT_EQ(file.markers, markers) << path;
    }
  }

  fs::path root_;
  std::map<std::string, std::string> contents_;
  std::mt19937 random_{20261120};
};

/// Opens a session on the machine under test, or fails the test.
Session open(SessionOptions options) {
  options.backend = backend::test_backend();
  auto session = Session::open(options);
  if (!session) throw std::runtime_error(session.error().message());
  return std::move(*session);
}

TEST_F(SessionTest, DeliversEveryByteOnceAndInOrder) {
  constexpr std::size_t kSlot = 64 * 1024;
  constexpr std::size_t kOwn = kSlot - 2 * 4096;
  std::vector<FileSource> files;
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kSlot - 1, kSlot, kSlot + 1,
                                 kOwn - 1, kOwn, kOwn + 1, 2 * kOwn, 7 * kOwn + 13}) {
    files.push_back(write("size" + std::to_string(size), random_content(size)));
  }
  for (int n = 0; n < 300; ++n) {
    files.push_back(write("small" + std::to_string(n), random_content(random_() % 9000)));
  }
  std::shuffle(files.begin(), files.end(), random_);
  Session session = open({.rings = 2, .workers = 3, .slots_per_ring = 3, .slot_bytes = kSlot});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  for (int round = 0; round < 3; ++round) {
    ListFeed feed(files);
    Collector collector;
    const Status status = session.stream(feed, *program, collector.factory());
    ASSERT_TRUE(status.has_value()) << status.error().message();
    expect_everything(collector);
  }
  const SessionStatistics statistics = session.statistics();
  EXPECT_EQ(statistics.files, 3 * files.size());
  EXPECT_EQ(statistics.failed_files, 0U);
  EXPECT_TRUE(statistics.ingest.validate_completed_zero_copy(ReadPath::kRegisteredMappedRead));
}

TEST_F(SessionTest, SaysOverflowInsteadOfDroppingRecords) {
  const std::vector<FileSource> files{write("many", std::string(1000, kMarker)),
                                      write("zfew", "a#b")};
  Session session = open({.rings = 1, .slot_bytes = 32 * 1024, .records_per_slot = 100});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  ListFeed feed(files);
  Collector collector;
  ASSERT_TRUE(session.stream(feed, *program, collector.factory()).has_value());
  EXPECT_TRUE(collector.files.at(files[0].path).overflow);
  EXPECT_EQ(session.statistics().overflowed_chunks, 1U);
}

// A stream of separate files makes room for all that the program can emit, which a packed one has
// not asked for; and the other way round.
TEST_F(SessionTest, OverflowDoesNotDependOnStreamsBefore) {
  const std::vector<FileSource> files{write("many", std::string(1000, kMarker))};
  const std::string& path = files[0].path;
  Session session = open({.rings = 1, .slot_bytes = 128 * 1024, .records_per_slot = 100});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  for (int round = 0; round < 2; ++round) {
    for (const FilePlacement placement : {FilePlacement::kPacked, FilePlacement::kSeparate}) {
      ListFeed feed(files);
      Collector collector;
      ASSERT_TRUE(session.stream(feed, *program, collector.factory(), {.placement = placement}));
      const bool packed = placement == FilePlacement::kPacked;
      EXPECT_EQ(collector.files.at(path).overflow, packed) << round;
      EXPECT_EQ(collector.files.at(path).markers.size(), packed ? 0U : 1000U) << round;
    }
  }
}

TEST_F(SessionTest, ReportsFilesThatCannotBeReadAndGoesOn) {
  const std::vector<FileSource> files{write("first", "a#"),
                                      {root_ / "missing", 10},
                                      {root_ / "missing-big", 10 << 20},
                                      write("last", "#b")};
  Session session = open({.rings = 1});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  ListFeed feed(files);
  Collector collector;
  ASSERT_TRUE(session.stream(feed, *program, collector.factory()).has_value());
  ASSERT_EQ(collector.files.size(), 4U);
  EXPECT_TRUE(collector.files.at(files[1].path).failed);
  EXPECT_TRUE(collector.files.at(files[2].path).failed);
  EXPECT_FALSE(collector.files.at(files[3].path).failed);
  for (const auto& [path, file] : collector.files) EXPECT_EQ(file.ends, 1) << path;
  EXPECT_EQ(session.statistics().failed_files, 2U);
}

/// Never runs dry until it is told to.
class EndlessFeed final : public FileFeed {
 public:
  explicit EndlessFeed(FileSource file) : file_(std::move(file)) {}
  bool next(std::vector<FileSource>& batch, std::size_t) override {
    batch.push_back(file_);
    handed_out.fetch_add(1);
    return true;
  }
  std::atomic<int> handed_out{0};

 private:
  FileSource file_;
};

TEST_F(SessionTest, CancelEndsAStreamAndTheNextOneWorks) {
  const FileSource file = write("file", random_content(300000));
  Session session = open({.rings = 2, .slots_per_ring = 4, .slot_bytes = 64 * 1024});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  EndlessFeed endless(file);
  class Ignore final : public ChunkConsumer {
    void on_chunk(const ChunkView&) override {}
    void on_file_end(const StreamedFile&, const Error*) override {}
  };
  std::thread canceller([&] {
    while (endless.handed_out.load() < 50) std::this_thread::yield();
    session.cancel();
  });
  const Status status =
      session.stream(endless, *program, [](std::uint32_t) { return std::make_unique<Ignore>(); });
  canceller.join();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);

  ListFeed feed({file});
  Collector collector;
  ASSERT_TRUE(session.stream(feed, *program, collector.factory()).has_value());
  expect_everything(collector);
}

/// What one consumer holds from its first chunk until it ends.
class Turnstile {
 public:
  void hold() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    free_.wait(lock, [this] { return !held_; });
    held_ = true;
  }
  void let_go() {
    const std::lock_guard lock(mutex_);
    held_ = false;
    free_.notify_one();
  }
  int waiting() {
    const std::lock_guard lock(mutex_);
    return waiting_;
  }

 private:
  std::mutex mutex_;
  std::condition_variable free_;
  bool held_ = false;
  int waiting_ = 0;
};

TEST_F(SessionTest, CancelEndsAStreamWhoseConsumersWaitForEachOther) {
  class Holder final : public ChunkConsumer {
   public:
    explicit Holder(Turnstile& turnstile) : turnstile_(turnstile) {}
    ~Holder() override {
      if (holds_) turnstile_.let_go();
    }
    void on_chunk(const ChunkView&) override {
      if (!std::exchange(holds_, true)) turnstile_.hold();
    }
    void on_file_end(const StreamedFile&, const Error*) override {}

   private:
    Turnstile& turnstile_;
    bool holds_ = false;
  };
  EndlessFeed endless(write("file", random_content(300000)));
  Session session = open({.rings = 2, .slots_per_ring = 4, .slot_bytes = 64 * 1024});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  Turnstile turnstile;
  std::thread canceller([&] {
    while (turnstile.waiting() < 2) std::this_thread::yield();
    session.cancel();
  });
  const Status status = session.stream(
      endless, *program, [&](std::uint32_t) { return std::make_unique<Holder>(turnstile); });
  canceller.join();
  ASSERT_FALSE(status.has_value());
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

TEST_F(SessionTest, ReadsAgainOutsideTheCurrentChunk) {
  const std::string content = random_content(500000);
  const FileSource file = write("big", content);
  class Reader final : public ChunkConsumer {
   public:
    explicit Reader(std::string& seen) : seen_(seen) {}
    void on_chunk(const ChunkView& chunk) override {
      if (!chunk.last) return;
      std::array<char, 100> again{};
      const auto got = chunk.file.read_again(1234, again);
      ASSERT_TRUE(got.has_value());
      seen_.assign(again.data(), *got);
    }
    void on_file_end(const StreamedFile&, const Error*) override {}

   private:
    std::string& seen_;
  };
  Session session = open({.rings = 1, .slot_bytes = 64 * 1024});
  const auto program = session.load(marker_program());
  ASSERT_TRUE(program.has_value());
  ListFeed feed({file});
  std::string seen;
  ASSERT_TRUE(
      session.stream(feed, *program, [&](std::uint32_t) { return std::make_unique<Reader>(seen); })
          .has_value());
  EXPECT_EQ(seen, content.substr(1234, 100));
}

}  // namespace
}  // namespace vyre
