#include <gtest/gtest.h>
#include <xxhash.h>

#include <algorithm>
#include <functional>
#include <random>

#include "base/units.hpp"
#include "tests/runtime/program_harness.hpp"

// A program's results are a function of the file: not of slots, rings, workers, or of who was
// faster.
namespace vyre {
namespace {

using test::FileAnswer;
using test::FileAnswers;
using test::TemporaryTree;

std::uint64_t crc32c(const std::string& text) {
  std::uint32_t crc = 0xFFFFFFFF;
  for (const char byte : text) {
    crc ^= static_cast<unsigned char>(byte);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0x82F63B78 : 0);
  }
  return ~crc;
}

/// Newlines of each tile, folded in order: any tile out of place changes it.
std::uint64_t folded_newlines(const std::string& text) {
  std::uint64_t fold = 0;
  std::size_t begin = 0;
  do {
    const auto tile = std::string_view(text).substr(begin, kTileBytes);
    fold = fold * 31 + static_cast<std::uint64_t>(std::count(tile.begin(), tile.end(), '\n')) + 1;
    begin += kTileBytes;
  } while (begin < text.size());
  return fold;
}

std::vector<FileRecord> hashes_in(const std::string& text) {
  std::vector<FileRecord> records;
  for (std::size_t at = text.find("#!"); at != std::string::npos; at = text.find("#!", at + 1)) {
    records.push_back({at, 77});
  }
  return records;
}

struct ProgramCase {
  const char* name;
  const char* text;
  std::function<void(const std::string& content, const FileAnswer&)> check;
};

const ProgramCase kPrograms[] = {
    {"sums_lines", ".result lines sum\n count.byte s0, '\\n'\n result s0, lines\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       const auto lines = std::count(content.begin(), content.end(), '\n');
       EXPECT_EQ(answer.results, std::vector{static_cast<std::uint64_t>(lines)});
     }},
    {"counts_tiles_and_takes_extremes",
     ".result tiles sum\n.result least min\n.result most max\n"
     " s.const s0, 1\n result s0, tiles\n s.input s1, length\n result s1, least\n"
     " result s1, most\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       const std::uint64_t size = content.size();
       const std::uint64_t tiles = std::max<std::uint64_t>(1, (size + kTileBytes - 1) / kTileBytes);
       const std::uint64_t most = std::min<std::uint64_t>(size, kTileBytes);
       EXPECT_EQ(answer.results, (std::vector{tiles, size - (tiles - 1) * kTileBytes, most}));
     }},
    {"crc32c", ".result crc crc32c\n crc32c s0\n result s0, crc\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       EXPECT_EQ(answer.results, std::vector{crc32c(content)});
     }},
    {"carries_a_fold",
     ".result fold sum\n.carry 1\n c.load s0, 0\n s.muli s0, s0, 31\n count.byte s1, '\\n'\n"
     " s.add s0, s0, s1\n s.addi s0, s0, 1\n c.store s0, 0\n s.input s2, after\n"
     " branch s2, done\n result s0, fold\ndone:\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       EXPECT_EQ(answer.results, std::vector{folded_newlines(content)});
     }},
    {"xxh64", ".result hash xor\n.carry 4\n xxh64 s0, 0\n result s0, hash\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       EXPECT_EQ(answer.results,
                 std::vector<std::uint64_t>{XXH64(content.data(), content.size(), 0)});
     }},
    {"emits_offsets", ".table mark\n .text \"#!\"\n s.const s0, 77\n find.emit s0, mark\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       EXPECT_EQ(answer.records, hashes_in(content));
       EXPECT_EQ(answer.record_count, answer.records.size());
       EXPECT_FALSE(answer.records_truncated);
     }},
    {"copies_the_file", " s.input s0, length\n s.const s1, 0\n copy s1, s0\n halt\n",
     [](const std::string& content, const FileAnswer& answer) {
       EXPECT_TRUE(answer.output == content);
       EXPECT_EQ(answer.output_bytes, content.size());
     }},
};

/// Sizes around tiles, halos and slots, with newlines and marks, some across tiles.
std::map<std::string, std::string> make_contents(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::map<std::string, std::string> contents;
  const auto add = [&](std::size_t size) {
    std::string text = test::noise(size, random());
    for (std::size_t at = random() % 50; at < size; at += 1 + random() % 400) text[at] = '\n';
    for (std::size_t edge = kTileBytes; edge < size; edge += kTileBytes) {
      text.replace(edge - random() % 3, 2, "#!");
    }
    contents["file" + std::to_string(contents.size())] = text;
  };
  const std::size_t edges[] = {0,      1,      4095,   65535,  65536,  65537,  69632,
                               131072, 135168, 262144, 266240, 393216, 1000000};
  for (const std::size_t size : edges) {
    add(size);
  }
  for (int i = 0; i < 25; ++i) add(random() % (random() % 5 == 0 ? 900'000 : 20'000));
  return contents;
}

void PrintTo(const ProgramCase& program, std::ostream* out) { *out << program.name; }

class EveryProgram : public backend::MachineTest,
                     public testing::WithParamInterface<ProgramCase> {};
using SerialPrograms = backend::MachineTest;
using WindowPrograms = backend::MachineTest;

INSTANTIATE_TEST_SUITE_P(Programs, EveryProgram, testing::ValuesIn(kPrograms),
                         [](const auto& program) { return program.param.name; });

TEST_P(EveryProgram, SaysTheSameOfAFileHoweverItIsCutAndByWhom) {
  const VerifiedProgram program = test::program_of(GetParam().text);
  std::mt19937_64 random(7);
  for (int round = 0; round < 6; ++round) {
    const SessionOptions options{
        .rings = 1 + static_cast<std::uint32_t>(random() % 3),
        .workers = 1 + static_cast<std::uint32_t>(random() % 4),
        .slots_per_ring = 2 + static_cast<std::uint32_t>(random() % 6),
        .slot_bytes = (128u << 10) + static_cast<std::uint32_t>(random() % 100) * 4096};
    SCOPED_TRACE(testing::Message()
                 << "rings " << options.rings << " workers " << options.workers << " slots "
                 << options.slots_per_ring << " of " << options.slot_bytes << " round " << round);
    const TemporaryTree tree;
    std::vector<FileSource> files;
    std::map<std::string, std::string> contents;
    for (const auto& [name, content] : make_contents(static_cast<std::uint64_t>(round))) {
      files.push_back(tree.add(name, content));
      // The walk's size may be out of date.
      if (random() % 6 == 0) files.back().size = random() % 1'000'000;
      contents[files.back().path] = content;
    }
    std::shuffle(files.begin(), files.end(), random);
    Session session = test::open_session(options);
    const FileAnswers answers = test::run_program(session, program, files);
    ASSERT_EQ(answers.size(), contents.size());
    for (const auto& [path, content] : contents) {
      SCOPED_TRACE(path + " of " + std::to_string(content.size()));
      const FileAnswer& answer = answers.at(path);
      ASSERT_FALSE(answer.error) << answer.error->message();
      EXPECT_EQ(answer.bytes, content.size());
      GetParam().check(content, answer);
    }
  }
}

/// A window of access state: one word folds the length of every tile of every file.
constexpr const char* kSerialProgram =
    ".result seen max\n.window fold state 3\n"
    " v.const v0, 0\n v.lane v1\n m.eqi m0, v1, 0\n w.load v2, v0, m0, fold\n"
    " v.muli v2, v2, 31\n s.input s0, length\n s.addi s0, s0, 1\n v.splat v3, s0\n"
    " v.add v2, v2, v3\n w.store v2, v0, m0, fold\n s.const s1, 0\n v.extract s2, v2, s1\n"
    " s.input s3, after\n branch s3, done\n result s2, seen\ndone:\n halt\n";

TEST_F(SerialPrograms, SeeFilesInTheOrderOfTheFeedWhateverTheMachine) {
  const VerifiedProgram program = test::program_of(kSerialProgram);
  ASSERT_EQ(program.bounds().order, TileOrder::kSerial);
  std::mt19937_64 random(5);
  for (int round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    const TemporaryTree tree;
    std::vector<FileSource> files;
    std::map<std::string, std::uint32_t> expected;
    std::uint32_t fold = 9;
    for (int i = 0; i < 60; ++i) {
      const std::size_t size = random() % (random() % 6 == 0 ? 500'000 : 5'000);
      files.push_back(tree.add("file" + std::to_string(i), test::noise(size, random())));
      std::size_t begin = 0;
      do {
        fold = fold * 31 +
               static_cast<std::uint32_t>(std::min<std::size_t>(kTileBytes, size - begin)) + 1;
        begin += kTileBytes;
      } while (begin < size);
      expected[files.back().path] = fold;
      // What the feed says of a size may be wrong in either direction.
      if (random() % 3 == 0) files.back().size = random() % 2 == 0 ? 1 : random() % 600'000;
    }
    Session session = test::open_session(
        {.rings = 3,
         .workers = 4,
         .slots_per_ring = 3,
         .slot_bytes = (128u << 10) + static_cast<std::uint32_t>(random() % 30) * 4096});
    const std::uint32_t start = 9;
    ASSERT_TRUE(session.write_window(3, std::span(&start, 1)));
    const FileAnswers answers = test::run_program(session, program, files);
    for (const auto& [path, seen] : expected) {
      ASSERT_EQ(answers.at(path).results, std::vector<std::uint64_t>{seen}) << path;
    }
    EXPECT_EQ(session.read_window(3, 1).value(), std::vector{fold});
  }
}

TEST_F(WindowPrograms, AddUpOverAllFilesAndReadWhatTheHostSet) {
  const VerifiedProgram program = test::program_of(
      ".window total add 0 2\n.window factor read 10\n"
      " v.lane v0\n m.eqi m0, v0, 0\n v.const v1, 0\n w.load v2, v1, m0, factor\n"
      " count.byte s0, '\\n'\n v.splat v3, s0\n v.mul v3, v3, v2\n w.add v3, v1, m0, total\n"
      " halt\n");
  const TemporaryTree tree;
  std::vector<FileSource> files;
  std::uint32_t lines = 0;
  for (const auto& [name, content] : make_contents(3)) {
    files.push_back(tree.add(name, content));
    lines += static_cast<std::uint32_t>(std::count(content.begin(), content.end(), '\n'));
  }
  Session session = test::open_session({.rings = 2, .workers = 3});
  const std::uint32_t factor = 5;
  ASSERT_TRUE(session.write_window(10, std::span(&factor, 1)));
  test::run_program(session, program, files);
  EXPECT_EQ(session.read_window(0, 2).value(), (std::vector<std::uint32_t>{lines * 5, 0}));
}

}  // namespace
}  // namespace vyre
