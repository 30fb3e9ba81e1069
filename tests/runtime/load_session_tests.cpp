#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/runtime/program_harness.hpp"

// Sessions whose programs load from resources.
namespace vyre {
namespace {

using test::TemporaryTree;
using LoadSessions = backend::MachineTest;

/// Of each file: the sum of the resource's bytes at [64 k, 64 k + 64), k being the file's tiles.
constexpr const char* kTileSums = R"(
  .io 64
  .resource data
  .result sum sum
  .result status max
  s.const s0, data
  s.input s1, offset
  s.shri s1, s1, 10
  s.const s2, 64
  io.load s3, s0, s1, s2
  result s3, status
  branch s3, done
  v.lane v0
  m.lti m0, v0, 64
  v.inbox.u8 v1, v0, m0
  v.reduce.add s4, v1
  result s4, sum
done:
  halt
)";

std::string data() {
  std::string bytes;
  for (int i = 0; i < 100'000; ++i) bytes.push_back(static_cast<char>(i * i / 11));
  return bytes;
}

TEST_F(LoadSessions, BringEachTileItsBytes) {
  const TemporaryTree tree;
  const std::string bytes = data();
  tree.add("data", bytes);
  std::vector<FileSource> files;
  for (int i = 0; i < 40; ++i) {
    files.push_back(tree.add("file" + std::to_string(i), std::string(i * 20'000, 'x')));
  }
  const VerifiedProgram program = test::program_of(kTileSums);
  Session session = test::open_session({.rings = 2, .workers = 3, .slot_bytes = 256u << 10});
  EXPECT_EQ(session.register_resource(tree.path("data")).value(), 0u);
  u64 tiles = 0;
  for (int round = 0; round < 2; ++round) {
    const auto answers = test::run_program(session, program, files);
    for (const FileSource& file : files) {
      u64 sum = 0;
      const u64 count = std::max<u64>((file.size + kTileBytes - 1) / kTileBytes, 1);
      for (u64 at = 0; at < 64 * count; ++at) sum += static_cast<unsigned char>(bytes[at]);
      EXPECT_EQ(answers.at(file.path).results, (std::vector<u64>{sum, 0})) << file.path;
      tiles += count;
    }
  }
  const SessionStatistics statistics = session.statistics();
  EXPECT_EQ(statistics.loads, tiles);
  EXPECT_EQ(statistics.loaded_bytes, 64 * tiles);
  EXPECT_EQ(statistics.failed_loads, 0u);
}

TEST_F(LoadSessions, TellOfAResourceThatIsNotThere) {
  const TemporaryTree tree;
  const VerifiedProgram program = test::program_of(kTileSums);
  Session session = test::open_session({.rings = 1, .slot_bytes = 256u << 10});
  const auto answers = test::run_program(session, program, {tree.add("file", "x")});
  EXPECT_EQ(answers.begin()->second.results, (std::vector<u64>{0, 1}));
  EXPECT_EQ(session.register_resource(tree.path("nothing")).error().code, ErrorCode::kSyscall);
}

/// Loads without end, for all that a test waits.
constexpr const char* kBusy = R"(
  .io 64
  .result status or
  s.const s0, 0
  repeat 7000
    io.load s1, s0, s0, s0
    result s1, status
  end
  halt
)";

TEST_F(LoadSessions, CancelEndsTheLoadsToo) {
  const TemporaryTree tree;
  tree.add("data", "0123456789");
  std::vector<FileSource> files;
  for (int i = 0; i < 400; ++i) {
    files.push_back(tree.add("file" + std::to_string(i), std::string(300'000, 'x')));
  }
  const VerifiedProgram program = test::program_of(kBusy);
  Session session = test::open_session({.rings = 2, .workers = 2, .slot_bytes = 256u << 10});
  ASSERT_TRUE(session.register_resource(tree.path("data")));
  const auto loaded = session.load(program).value();
  test::ListFeed feed(files);
  test::Gather gather(program.program());
  std::thread canceller([&session] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    session.cancel();
  });
  const Status status =
      session.stream(feed, loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
  canceller.join();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
  // The next stream loads again.
  const VerifiedProgram sums = test::program_of(kTileSums);
  tree.add("more", data());
  const auto answers = test::run_program(session, sums, {files[0]});
  EXPECT_EQ(answers.begin()->second.results[1], 2u);
}

TEST_F(LoadSessions, RefuseWhatCannotBe) {
  const TemporaryTree tree;
  const VerifiedProgram program = test::program_of(kTileSums);
  Session session = test::open_session({.rings = 1, .slot_bytes = 256u << 10});
  const auto loaded = session.load(program).value();
  test::ListFeed feed({tree.add("file", "x")});
  test::Gather gather(program.program());
  const Status packed =
      session.stream(feed, loaded, gather.factory(), {.placement = FilePlacement::kPacked});
  ASSERT_FALSE(packed);
  EXPECT_EQ(packed.error().code, ErrorCode::kInvalidArgument);
}

}  // namespace
}  // namespace vyre
