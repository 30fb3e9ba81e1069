#include <gtest/gtest.h>

#include <chrono>
#include <thread>

#include "base/units.hpp"
#include "tests/runtime/program_harness.hpp"
#include "wire/fault.hpp"

// Chunks that take longer than they may, and runs that are cancelled in the middle of one.
namespace vyre {
namespace {

using namespace std::chrono_literals;
using test::TemporaryTree;
using Deadline = backend::MachineTest;
using CancelledRun = backend::MachineTest;

/// Counts tiles; takes long over those that begin with an 'L'.
std::string long_over_l() {
  std::string text =
      ".result tiles sum\n.carry 1\n s.const s1, 0\n v.block.u8 v0, s1\n v.extract s2, v0, s1\n"
      " s.eqi s2, s2, 'L'\n s.muli s2, s2, 65536\n repeat.scalar s2, 65536\n";
  for (int i = 0; i < 20; ++i) text += " s.addi s1, s1, 1\n";
  return text + " end\n s.const s0, 1\n result s0, tiles\n halt\n";
}
constexpr std::size_t kTiles = 60;

std::string long_text() {
  std::string text(kTiles * kTileBytes, 'a');
  for (std::size_t tile = 0; tile < kTiles; ++tile) text[tile * kTileBytes] = 'L';
  return text;
}

/// Interpreted, so that long programs take long on every machine.
SessionOptions options() {
  return {.rings = 2, .workers = 2, .slot_bytes = 4u << 20, .compile_programs = false};
}

TEST_F(Deadline, GivesUpTheChunkAndGoesOn) {
  const VerifiedProgram program = test::program_of(long_over_l());
  const TemporaryTree tree;
  const FileSource slow = tree.add("slow", long_text());
  std::vector<FileSource> files{slow};
  for (int i = 0; i < 20; ++i) files.push_back(tree.add("quick" + std::to_string(i), "abc"));
  Session session = test::open_session(options());
  const auto loaded = session.load(program);
  ASSERT_TRUE(loaded);
  test::ListFeed feed(files);
  test::Gather gather(program.program());
  const Status status = session.stream(feed, *loaded, gather.factory(),
                                       {.placement = FilePlacement::kSeparate, .deadline = 150ms});
  ASSERT_TRUE(status) << status.error().message();
  ASSERT_EQ(gather.answers.size(), files.size());
  for (const auto& [path, answer] : gather.answers) {
    if (path != slow.path) {
      EXPECT_FALSE(answer.error) << path;
      EXPECT_EQ(answer.results, std::vector<std::uint64_t>{1}) << path;
      continue;
    }
    ASSERT_TRUE(answer.error);
    EXPECT_EQ(answer.error->code, ErrorCode::kDeviceFault);
    EXPECT_EQ(answer.error->detail, static_cast<int>(wire::FaultCode::kDeadlineExceeded));
    EXPECT_NE(answer.error->what.find("longer than 150 ms"), std::string::npos)
        << answer.error->what;
    EXPECT_FALSE(answer.fault);
  }
  const SessionStatistics statistics = session.statistics();
  EXPECT_EQ(statistics.overdue_chunks, 1u);
  EXPECT_EQ(statistics.faulted_chunks, 1u);
  EXPECT_EQ(statistics.failed_files, 1u);
}

TEST_F(Deadline, ThatIsLongEnoughChangesNothing) {
  const VerifiedProgram program = test::program_of(long_over_l());
  const TemporaryTree tree;
  const std::string text(kTiles * kTileBytes, 'a');
  const std::vector<FileSource> files{tree.add("one", text), tree.add("two", text + "a")};
  Session session = test::open_session(options());
  const auto loaded = session.load(program);
  test::ListFeed feed(files);
  test::Gather gather(program.program());
  ASSERT_TRUE(session.stream(feed, *loaded, gather.factory(),
                             {.placement = FilePlacement::kSeparate, .deadline = 1h}));
  EXPECT_EQ(gather.answers.at(files[0].path).results, std::vector<std::uint64_t>{kTiles});
  EXPECT_EQ(gather.answers.at(files[1].path).results, std::vector<std::uint64_t>{kTiles + 1});
  EXPECT_EQ(session.statistics().overdue_chunks, 0u);
}

TEST_F(Deadline, IsNotNegativeAndNotForEver) {
  Session session = test::open_session(options());
  const auto loaded = session.load(test::program_of("halt"));
  for (const std::chrono::nanoseconds wrong : {-1ns, std::chrono::nanoseconds(25h)}) {
    test::ListFeed feed({});
    test::Gather gather(test::program_of("halt").program());
    const Status status = session.stream(feed, *loaded, gather.factory(), {.deadline = wrong});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kInvalidArgument);
  }
}

TEST_F(CancelledRun, EndsInTheMiddleOfALongProgram) {
  const VerifiedProgram program = test::program_of(long_over_l());
  const TemporaryTree tree;
  const FileSource slow = tree.add("slow", long_text());
  Session session = test::open_session(options());
  const auto loaded = session.load(program);
  const auto time_of = [&](bool cancel) {
    test::ListFeed feed({slow});
    test::Gather gather(program.program());
    const auto begin = std::chrono::steady_clock::now();
    std::thread canceller([&session, cancel] {
      if (!cancel) return;
      std::this_thread::sleep_for(100ms);
      session.cancel();
    });
    const Status status =
        session.stream(feed, *loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
    canceller.join();
    EXPECT_EQ(status.has_value(), !cancel);
    return std::chrono::steady_clock::now() - begin;
  };
  const auto whole = time_of(false);
  const auto cancelled = time_of(true);
  EXPECT_LT(cancelled, 100ms + (whole - 100ms) / 2);
}

}  // namespace
}  // namespace vyre
