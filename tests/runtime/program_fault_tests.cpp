#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "base/units.hpp"
#include "tests/runtime/program_harness.hpp"
#include "wire/fault.hpp"

// What becomes of files where a program faults, is cancelled, finds too much, or does not fit.
namespace vyre {
namespace {

using test::FileAnswers;
using test::TemporaryTree;

/// Reads outside the tile in the tile at file offset 5 * 65536; `more` goes on.
std::string faulting(const std::string& declarations, const std::string& more) {
  return declarations +
         " s.input s0, offset\n s.shri s2, s0, 16\n s.eqi s1, s2, 5\n branch.zero s1, fine\n"
         " v.splat v0, s0\n m.const m0, 1\n v.load.u8 v1, v0, m0\nfine:\n" +
         more + " halt\n";
}

struct FaultCase {
  const char* name;
  std::string text;
};

const FaultCase kFaultCases[] = {
    {"any_order", faulting(".result tiles sum\n", " s.const s2, 1\n result s2, tiles\n")},
    {"per_file", faulting(".result tiles sum\n.carry 1\n",
                          " s.const s2, 1\n c.store s2, 0\n result s2, tiles\n")},
    {"serial",
     faulting(".result tiles sum\n.window w state 0\n", " s.const s2, 1\n result s2, tiles\n")},
};

class ProgramFaults : public backend::MachineTest, public testing::WithParamInterface<FaultCase> {};
using ProgramFaultsInOrder = backend::MachineTest;
using TooManyRecords = backend::MachineTest;
using TooMuchOutput = backend::MachineTest;
using Refusals = backend::MachineTest;

INSTANTIATE_TEST_SUITE_P(Orders, ProgramFaults, testing::ValuesIn(kFaultCases),
                         [](const auto& test) { return std::string(test.param.name); });

void PrintTo(const FaultCase& test, std::ostream* out) { *out << test.name; }

TEST_P(ProgramFaults, EndTheirFileOnceAndNoOther) {
  const VerifiedProgram program = test::program_of(GetParam().text);
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (int i = 0; i < 12; ++i) {
    const std::size_t size = i % 3 == 0 ? 3'000'000 : i % 3 == 1 ? 100'000 : 0;
    files.push_back(tree.add("file" + std::to_string(i), test::noise(size, 1)));
  }
  for (const std::uint32_t slot_bytes : {128u << 10, 300u * 4096, 4u << 20}) {
    SCOPED_TRACE(slot_bytes);
    Session session = test::open_session(
        {.rings = 2, .workers = 3, .slots_per_ring = 4, .slot_bytes = slot_bytes});
    const FileAnswers answers = test::run_program(session, program, files);
    ASSERT_EQ(answers.size(), files.size());
    for (const FileSource& file : files) {
      const test::FileAnswer& answer = answers.at(file.path);
      ASSERT_EQ(answer.error.has_value(), file.size > 5 * kTileBytes) << file.path;
      if (!answer.error) continue;
      EXPECT_EQ(answer.error->code, ErrorCode::kDeviceFault);
      ASSERT_TRUE(answer.fault);
      EXPECT_EQ(answer.fault->code, static_cast<std::uint32_t>(wire::FaultCode::kTileOutOfRange));
      EXPECT_EQ(answer.fault->instruction, 6u);
      EXPECT_EQ(answer.fault->tile_offset, 5 * kTileBytes);
      EXPECT_EQ(answer.fault->name, "tile-out-of-range");
      EXPECT_TRUE(answer.results.empty());
    }
    EXPECT_EQ(session.statistics().failed_files, 4u);
    EXPECT_EQ(session.statistics().faulted_chunks, 4u);
  }
}

TEST_F(ProgramFaultsInOrder, NothingOfTheFileRunsAfterTheFault) {
  // Counts the tiles that did not fault.
  const VerifiedProgram program = test::program_of(
      faulting(".window tiles state 0\n",
               " v.const v2, 0\n v.lane v3\n m.eqi m1, v3, 0\n w.load v4, v2, m1, tiles\n"
               " v.addi v4, v4, 1\n w.store v4, v2, m1, tiles\n"));
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("big", test::noise(3'000'000, 1)),
                                      tree.add("small", "text")};
  Session session = test::open_session({.rings = 1, .slots_per_ring = 4, .slot_bytes = 128u << 10});
  const FileAnswers answers = test::run_program(session, program, files);
  EXPECT_TRUE(answers.at(files[0].path).error);
  EXPECT_FALSE(answers.at(files[1].path).error);
  EXPECT_EQ(session.read_window(0, 1).value(), std::vector{5u + 1u});
}

/// Never runs dry until it is told to.
class EndlessFeed final : public FileFeed {
 public:
  explicit EndlessFeed(std::vector<FileSource> files) : files_(std::move(files)) {}
  bool next(std::vector<FileSource>& batch, std::size_t) override {
    batch.push_back(files_[handed_out.fetch_add(1) % files_.size()]);
    return true;
  }
  std::atomic<std::size_t> handed_out{0};

 private:
  std::vector<FileSource> files_;
};

class Ignore final : public ChunkConsumer {
  void on_chunk(const ChunkView&) override {}
  void on_file_end(const StreamedFile&, const Error*) override {}
};

TEST_P(ProgramFaults, ACancelledStreamEndsAndTheNextOneWorks) {
  const VerifiedProgram program = test::program_of(GetParam().text);
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("big", test::noise(2'000'000, 1)),
                                      tree.add("small", test::noise(300, 2))};
  Session session =
      test::open_session({.rings = 2, .workers = 2, .slots_per_ring = 3, .slot_bytes = 128u << 10});
  const auto loaded = session.load(program);
  ASSERT_TRUE(loaded.has_value());
  for (int round = 0; round < 5; ++round) {
    EndlessFeed endless(files);
    std::thread canceller([&] {
      while (endless.handed_out.load() < 300) std::this_thread::yield();
      session.cancel();
    });
    const Status status =
        session.stream(endless, *loaded, [](std::uint32_t) { return std::make_unique<Ignore>(); },
                       {.placement = FilePlacement::kSeparate});
    canceller.join();
    ASSERT_FALSE(status.has_value());
    EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  }
  const FileAnswers answers = test::run_program(session, program, {files[1]});
  EXPECT_EQ(answers.at(files[1].path).results, std::vector<std::uint64_t>{1});
}

/// A program that finds every 'a', and more of them than a big slot has room for.
struct ManyRecords {
  static constexpr std::size_t kCount = (1u << 20) + 70'000;
  VerifiedProgram program =
      test::program_of(".table a\n .text \"a\"\n s.const s0, 1\n find.emit s0, a\n halt\n");
  TemporaryTree tree;
  std::vector<FileSource> files{tree.add("many", std::string(kCount, 'a')),
                                tree.add("few", "banana")};
};

TEST_F(TooManyRecords, AreCountedAndSaidToBeMissing) {
  const ManyRecords many;
  Session session = test::open_session({.rings = 1, .slots_per_ring = 2, .slot_bytes = 4u << 20});
  const FileAnswers answers = test::run_program(session, many.program, many.files);
  EXPECT_TRUE(answers.at(many.files[0].path).records_truncated);
  EXPECT_EQ(answers.at(many.files[0].path).record_count, ManyRecords::kCount);
  EXPECT_FALSE(answers.at(many.files[0].path).error);
  EXPECT_EQ(answers.at(many.files[1].path).records.size(), 3u);
  EXPECT_FALSE(answers.at(many.files[1].path).records_truncated);
}

// In smaller chunks there is room; then it is the collector that has none.
TEST_F(TooManyRecords, EndWhereTheCollectorsRoomEnds) {
  const ManyRecords many;
  Session session = test::open_session({.rings = 1, .slot_bytes = 128u << 10});
  const auto loaded = session.load(many.program);
  ASSERT_TRUE(loaded.has_value());
  for (const std::size_t limit : {ManyRecords::kCount, ManyRecords::kCount - 1}) {
    test::ListFeed feed(many.files);
    test::Gather gather(many.program.program(), {.max_records = limit});
    ASSERT_TRUE(
        session.stream(feed, *loaded, gather.factory(), {.placement = FilePlacement::kSeparate}));
    const test::FileAnswer& answer = gather.answers.at(many.files[0].path);
    EXPECT_EQ(answer.record_count, ManyRecords::kCount);
    EXPECT_EQ(answer.records.size(), limit);
    EXPECT_EQ(answer.records_truncated, limit < ManyRecords::kCount);
  }
}

TEST_F(TooMuchOutput, EndsWhereTheCollectorsRoomEnds) {
  const VerifiedProgram program =
      test::program_of(" s.input s0, length\n s.const s1, 0\n copy s1, s0\n halt\n");
  const TemporaryTree tree;
  const std::string content = test::noise(500'000, 1);
  const FileSource file = tree.add("file", content);
  Session session = test::open_session({.rings = 1, .slot_bytes = 128u << 10});
  const auto loaded = session.load(program);
  ASSERT_TRUE(loaded.has_value());
  test::ListFeed feed({file});
  test::Gather gather(program.program(), {.max_output_bytes = 100'000});
  ASSERT_TRUE(
      session.stream(feed, *loaded, gather.factory(), {.placement = FilePlacement::kSeparate}));
  EXPECT_EQ(gather.answers.at(file.path).output, content.substr(0, 100'000));
  EXPECT_EQ(gather.answers.at(file.path).output_bytes, content.size());
}

TEST_F(Refusals, ProgramsThatWouldMixFilesAreNotPacked) {
  const char* const texts[] = {
      ".result r sum\n halt\n",
      ".carry 1\n s.const s0, 0\n c.store s0, 0\n halt\n",
      " s.const s0, 0\n s.const s1, 1\n copy s0, s1\n halt\n",
      ".window w add 0\n halt\n",
      ".window w state 0\n halt\n",
  };
  Session session = test::open_session({.rings = 1});
  for (const char* text : texts) {
    const auto loaded = session.load(test::program_of(text));
    ASSERT_TRUE(loaded.has_value()) << text;
    test::ListFeed feed({});
    const Status status =
        session.stream(feed, *loaded, [](std::uint32_t) { return std::make_unique<Ignore>(); });
    const bool refused = !status && status.error().code == ErrorCode::kInvalidArgument;
    EXPECT_TRUE(refused) << text;
  }
}

TEST_F(Refusals, SlotsTooSmallForATileOnlyScan) {
  Session session = test::open_session({.rings = 1, .slot_bytes = 32u << 10});
  const auto loaded = session.load(test::program_of("halt"));
  ASSERT_TRUE(loaded.has_value());
  const auto stream = [&](FilePlacement placement) {
    test::ListFeed feed({});
    return session.stream(feed, *loaded, [](std::uint32_t) { return std::make_unique<Ignore>(); },
                          {.placement = placement});
  };
  EXPECT_TRUE(stream(FilePlacement::kPacked));
  const Status status = stream(FilePlacement::kSeparate);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
}

TEST_F(Refusals, WindowsThatDoNotFit) {
  Session session = test::open_session({.rings = 1, .window_words = 100});
  EXPECT_TRUE(session.load(test::program_of(".window w add 50 50\n halt\n")).has_value());
  const auto beyond = session.load(test::program_of(".window w add 50 51\n halt\n"));
  ASSERT_FALSE(beyond.has_value());
  EXPECT_EQ(beyond.error().code, ErrorCode::kInvalidArgument);
  const std::vector<std::uint32_t> words(51, 1);
  EXPECT_TRUE(session.write_window(49, words).has_value());
  EXPECT_FALSE(session.write_window(50, words).has_value());
  EXPECT_FALSE(session.write_window(0xFFFFFFFF, words).has_value());
  EXPECT_EQ(session.read_window(98, 2).value(), (std::vector<std::uint32_t>{1, 1}));
  EXPECT_FALSE(session.read_window(98, 3).has_value());
  EXPECT_FALSE(session.read_window(0, 0xFFFFFFFF).has_value());
}

}  // namespace
}  // namespace vyre
