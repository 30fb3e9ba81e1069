#include <gtest/gtest.h>

#include "tests/oracle/file_generator.hpp"
#include "tests/oracle/generated_declarations.hpp"
#include "tests/oracle/naive_run.hpp"
#include "tests/oracle/program_generator.hpp"
#include "tests/runtime/program_harness.hpp"

// Sessions against the naive interpreter: programs by chance, over several files.
namespace vyre {
namespace {

using oracle::kWindowWords;

struct Expected {
  std::map<std::string, oracle::NaiveRun> files;
  std::vector<std::uint32_t> window;
  bool any_fault = false;
};

void compare(const oracle::NaiveRun& expected, const test::FileAnswer& actual) {
  if (expected.fault) {
    ASSERT_TRUE(actual.fault) << "no fault";
    EXPECT_EQ(actual.fault->code, static_cast<std::uint32_t>(expected.fault->code));
    EXPECT_EQ(actual.fault->instruction, expected.fault->instruction);
    EXPECT_EQ(actual.fault->tile_offset, expected.fault->tile * kTileBytes);
    EXPECT_TRUE(actual.results.empty());
    return;
  }
  ASSERT_FALSE(actual.error) << actual.error->message();
  EXPECT_EQ(actual.results, expected.results);
  ASSERT_EQ(actual.record_count, expected.records.size());
  ASSERT_FALSE(actual.records_truncated);
  for (std::size_t i = 0; i < expected.records.size(); ++i) {
    ASSERT_EQ(actual.records[i],
              (FileRecord{expected.records[i].offset, expected.records[i].value}))
        << "record " << i;
  }
  EXPECT_TRUE(actual.output == expected.output);
}

class RandomPrograms : public backend::MachineTest,
                       public testing::WithParamInterface<std::uint64_t> {};

TEST_P(RandomPrograms, RunAsTheNaiveInterpreterSays) {
  const std::uint64_t seed = GetParam();
  SCOPED_TRACE("seed " + std::to_string(seed));
  const oracle::GeneratedProgram generated = oracle::generate_program(seed);
  const auto program = verify(generated.program);
  ASSERT_TRUE(program.has_value()) << program.error().message();
  ASSERT_LE(program->bounds().window_words, kWindowWords);
  oracle::Chance chance(seed);
  const test::TemporaryTree tree;
  std::vector<FileSource> files;
  Expected expected;
  for (std::uint32_t i = 0; i < kWindowWords; ++i) expected.window.push_back(chance.edge_number());
  const std::vector<std::uint32_t> window_before = expected.window;
  for (int i = 0; i < 6; ++i) {
    const std::string content = oracle::generate_file(chance, generated.planted);
    files.push_back(tree.add("file" + std::to_string(i), content));
    oracle::NaiveRun run = oracle::run_naive(generated.program, content, expected.window);
    ASSERT_FALSE(run.broken_promise) << *run.broken_promise;
    expected.any_fault |= run.fault.has_value();
    if (!run.fault) expected.window = run.window;
    expected.files.emplace(files.back().path, std::move(run));
  }
  // What a faulted file leaves in a window, later files see.
  if (expected.any_fault && program->bounds().order == TileOrder::kSerial) return;
  std::mt19937_64 random(seed);
  Session session = test::open_session(
      {.rings = 1 + static_cast<std::uint32_t>(random() % 2),
       .workers = 1 + static_cast<std::uint32_t>(random() % 3),
       .slots_per_ring = 2 + static_cast<std::uint32_t>(random() % 4),
       .slot_bytes = (128u << 10) + static_cast<std::uint32_t>(random() % 64) * 4096,
       .window_words = kWindowWords});
  ASSERT_TRUE(session.write_window(0, window_before));
  const test::FileAnswers answers = test::run_program(session, *program, files);
  for (const auto& [path, run] : expected.files) {
    SCOPED_TRACE(path);
    compare(run, answers.at(path));
  }
  if (!expected.any_fault) {
    EXPECT_EQ(session.read_window(0, kWindowWords).value(), expected.window);
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomPrograms, testing::Range<std::uint64_t>(1, 121));

}  // namespace
}  // namespace vyre
