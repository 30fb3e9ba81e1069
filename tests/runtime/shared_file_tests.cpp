#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <memory>
#include <random>

#include "tests/runtime/program_harness.hpp"

// Files that several rings stream in parts: what becomes of them is what one ring makes of them.
namespace vyre {
namespace {

using test::FileAnswers;
using test::TemporaryTree;
using SharedFiles = backend::MachineTest;

/// Also of what lies around each tile: parts have halos like chunks.
constexpr const char* kSums =
    ".result crc crc32c\n.result lines sum\n.result around sum\n.result least min\n"
    " crc32c s0\n result s0, crc\n count.byte s1, '\\n'\n result s1, lines\n"
    " s.input s2, before\n s.input s3, after\n s.muli s3, s3, 3\n s.add s2, s2, s3\n"
    " result s2, around\n s.input s4, length\n result s4, least\n halt\n";

void expect_equal(const FileAnswers& answers, const FileAnswers& expected) {
  ASSERT_EQ(answers.size(), expected.size());
  for (const auto& [path, answer] : answers) {
    const test::FileAnswer& other = expected.at(path);
    EXPECT_FALSE(answer.error) << answer.error->message();
    EXPECT_EQ(answer.bytes, other.bytes) << path;
    EXPECT_EQ(answer.results, other.results) << path;
    EXPECT_EQ(answer.record_count, other.record_count) << path;
  }
}

TEST_F(SharedFiles, HaveTheResultsOfOneRing) {
  const VerifiedProgram program = test::program_of(kSums);
  for (std::uint64_t seed = 1; seed <= 6; ++seed) {
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const TemporaryTree tree;
    std::vector<FileSource> files;
    for (int i = 0; i < 12; ++i) {
      const std::size_t tiles = random() % 40;
      const std::size_t size = tiles * kTileBytes + (random() % 2 == 0 ? 0 : random() % 9000);
      files.push_back(tree.add("file" + std::to_string(i), test::noise(size, random())));
    }
    const auto slot_bytes = static_cast<std::uint32_t>((128 + 64 * (random() % 4)) << 10);
    Session session = test::open_session(
        {.rings = 2 + static_cast<std::uint32_t>(random() % 3), .slot_bytes = slot_bytes});
    const FileAnswers whole = test::run_program(session, program, files, 0);
    EXPECT_EQ(session.statistics().files, files.size());
    const std::uint64_t part_bytes = 1 + random() % (6 * kTileBytes);
    expect_equal(test::run_program(session, program, files, part_bytes), whole);
    EXPECT_EQ(session.statistics().files, 2 * files.size());
    EXPECT_EQ(session.statistics().failed_files, 0u);
  }
}

/// Of each part and each file that comes whole, one.
u64 opens_of(Session& session, const VerifiedProgram& program, const std::vector<FileSource>& files,
             std::uint64_t part_bytes) {
  const u64 before = session.statistics().ingest.opens.value();
  for (const auto& [path, answer] : test::run_program(session, program, files, part_bytes)) {
    EXPECT_FALSE(answer.error) << answer.error->message();
  }
  return session.statistics().ingest.opens.value() - before;
}

TEST_F(SharedFiles, ComeInPartsOfWholeChunks) {
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("file", test::noise(40 * kTileBytes, 1))};
  const VerifiedProgram program = test::program_of(kSums);
  // A slot has three tiles and two halos.
  Session session = test::open_session({.rings = 2, .slot_bytes = 256u << 10});
  EXPECT_EQ(opens_of(session, program, files, 0), 1u);
  EXPECT_EQ(opens_of(session, program, files, 1), 13u);
  EXPECT_EQ(opens_of(session, program, files, 3 * kTileBytes + 1), 6u);
  EXPECT_EQ(opens_of(session, program, files, 19 * kTileBytes), 1u);
  EXPECT_EQ(opens_of(session, program, files, ~u64{0}), 1u);
}

TEST_F(SharedFiles, ComeWholeToOneRing) {
  const TemporaryTree tree;
  const std::vector<FileSource> files{tree.add("file", test::noise(40 * kTileBytes, 1))};
  Session session = test::open_session({.rings = 1, .slot_bytes = 256u << 10});
  EXPECT_EQ(opens_of(session, test::program_of(kSums), files, 1), 1u);
}

TEST_F(SharedFiles, ComeWholeToAConsumerThatDoesNotJoin) {
  class Ends final : public ChunkConsumer {
   public:
    explicit Ends(std::atomic<int>& ends) : ends_(ends) {}
    void on_chunk(const ChunkView&) override {}
    void on_file_end(const StreamedFile&, const Error*) override { ++ends_; }

   private:
    std::atomic<int>& ends_;
  };
  const TemporaryTree tree;
  test::ListFeed feed({tree.add("file", test::noise(40 * kTileBytes, 1))});
  Session session = test::open_session({.rings = 2, .slot_bytes = 256u << 10});
  const auto loaded = session.load(test::program_of(kSums));
  ASSERT_TRUE(loaded);
  std::atomic<int> ends = 0;
  const Status status =
      session.stream(feed, *loaded, [&ends](std::uint32_t) { return std::make_unique<Ends>(ends); },
                     {.placement = FilePlacement::kSeparate, .part_bytes = 1});
  EXPECT_TRUE(status) << status.error().message();
  EXPECT_EQ(ends, 1);
}

// What was listed long ago may be another file by now.
TEST_F(SharedFiles, AreAsBigAsTheyAreNotAsTheFeedSays) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (const std::size_t size : {9 * kTileBytes + 5, 0u, 3 * kTileBytes, 70 * kTileBytes}) {
    files.push_back(tree.add(std::to_string(size), test::noise(size, size)));
    files.back().size = 20 * kTileBytes;
  }
  Session session = test::open_session({.rings = 3, .slot_bytes = 256u << 10});
  const VerifiedProgram program = test::program_of(kSums);
  const FileAnswers whole = test::run_program(session, program, files, 0);
  expect_equal(test::run_program(session, program, files, 4 * kTileBytes), whole);
  EXPECT_EQ(session.statistics().failed_files, 0u);
}

TEST_F(SharedFiles, OneThatIsGoneFailsOnce) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (const char* name : {"before", "gone", "after"}) {
    files.push_back(tree.add(name, test::noise(20 * kTileBytes, 7)));
  }
  std::filesystem::remove(files[1].path);
  Session session = test::open_session({.rings = 3, .slot_bytes = 256u << 10});
  const FileAnswers answers =
      test::run_program(session, test::program_of(kSums), files, 4 * kTileBytes);
  ASSERT_EQ(answers.size(), 3u);
  ASSERT_TRUE(answers.at(files[1].path).error);
  EXPECT_EQ(answers.at(files[1].path).error->detail, ENOENT);
  EXPECT_EQ(answers.at(files[0].path).results, answers.at(files[2].path).results);
  EXPECT_EQ(session.statistics().files, 3u);
  EXPECT_EQ(session.statistics().failed_files, 1u);
}

TEST_F(SharedFiles, TheFirstFaultInTheFileStands) {
  // Reads outside of tiles that begin with an 'F'.
  const VerifiedProgram program = test::program_of(
      ".result tiles sum\n s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n"
      " s.eqi s1, s2, 'F'\n branch.zero s1, fine\n s.input s3, offset\n v.splat v0, s3\n"
      " m.const m0, 1\n v.load.u8 v1, v0, m0\nfine:\n s.const s0, 1\n result s0, tiles\n"
      " halt\n");
  const TemporaryTree tree;
  std::string content(30 * kTileBytes, 'a');
  for (const std::size_t tile : {27, 11, 12, 19}) content[tile * kTileBytes] = 'F';
  const std::vector<FileSource> files{tree.add("file", content)};
  Session session = test::open_session({.rings = 3, .slot_bytes = 256u << 10});
  for (const std::uint64_t part_bytes : {u64{0}, u64{4 * kTileBytes}}) {
    const FileAnswers answers = test::run_program(session, program, files, part_bytes);
    const test::FileAnswer& answer = answers.at(files[0].path);
    ASSERT_TRUE(answer.error && answer.fault);
    EXPECT_EQ(answer.fault->tile_offset, 11 * kTileBytes);
    // The chunk of three tiles that faults has none.
    EXPECT_EQ(answer.bytes, 9 * kTileBytes);
  }
  EXPECT_EQ(session.statistics().files, 2u);
  EXPECT_EQ(session.statistics().failed_files, 2u);
}

// Records and output come in order, which is one ring's to keep.
TEST_F(SharedFiles, AProgramWithRecordsHasThemWhole) {
  const VerifiedProgram program =
      test::program_of(".table mark\n .text \"#!\"\n s.const s0, 77\n find.emit s0, mark\n halt\n");
  const TemporaryTree tree;
  std::string content(20 * kTileBytes, 'a');
  for (std::size_t at = 100; at + 2 < content.size(); at += 40'000) content.replace(at, 2, "#!");
  const std::vector<FileSource> files{tree.add("file", content)};
  Session session = test::open_session({.rings = 3, .slot_bytes = 256u << 10});
  const FileAnswers whole = test::run_program(session, program, files, 0);
  const FileAnswers shared = test::run_program(session, program, files, 2 * kTileBytes);
  EXPECT_EQ(shared.at(files[0].path).records, whole.at(files[0].path).records);
  EXPECT_EQ(shared.at(files[0].path).record_count, content.size() / 40'000 + 1);
}

}  // namespace
}  // namespace vyre
