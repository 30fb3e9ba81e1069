#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "base/units.hpp"
#include "tests/runtime/load_replay_programs.hpp"
#include "wire/fault.hpp"

// Runs in which workers of the CPU hang or end: what the consumers see is what they would have seen
// without.
namespace vyre {
namespace {

using namespace std::chrono_literals;
using test::FileAnswers;
using test::TemporaryTree;

/// Puts a fault into every machine that is made while it lives.
class Injected {
 public:
  explicit Injected(const std::string& text) { ::setenv("VYRE_CPU_INJECT", text.c_str(), 1); }
  ~Injected() { ::unsetenv("VYRE_CPU_INJECT"); }
  Injected(const Injected&) = delete;
  Injected& operator=(const Injected&) = delete;
};

Session open(const std::string& injection, std::uint32_t rings = 2, std::uint32_t workers = 3) {
  const Injected injected(injection);
  auto session = Session::open({.backend = {.kind = BackendKind::kCpu, .hang_after = 80ms},
                                .rings = rings,
                                .workers = workers,
                                .slots_per_ring = 4,
                                .slot_bytes = 300u * 4096});
  if (!session) throw std::runtime_error(session.error().message());
  return std::move(*session);
}

const char* const kRecords =
    ".result n sum\n.table a\n .text \"ab\"\n s.const s1, 1\n find.emit s1, a\n"
    " find.count s0, a\n result s0, n\n halt\n";
/// Depends on the order of tiles, and copies.
const char* const kCarried =
    ".result last max\n.carry 1\n c.load s0, 0\n s.muli s0, s0, 31\n count.byte s1, 'a'\n"
    " s.add s0, s0, s1\n c.store s0, 0\n result s0, last\n s.const s2, 0\n s.const s3, 1\n"
    " copy s2, s3\n halt\n";
const char* const kAdding =
    ".window n add 0\n count.byte s0, 'a'\n v.splat v0, s0\n v.const v1, 0\n"
    " v.lane v2\n m.eqi m0, v2, 0\n w.add v0, v1, m0, n\n halt\n";

struct Files {
  TemporaryTree tree;
  std::vector<FileSource> sources;
  Files() {
    for (int i = 0; i < 10; ++i) {
      const std::size_t size = i % 3 == 0 ? 3'000'000 : i % 3 == 1 ? 200'000 : 70;
      std::string text = test::noise(size, static_cast<unsigned>(i + 1));
      for (std::size_t at = 100; at + 2 < size; at += 5000) text.replace(at, 2, "ab");
      sources.push_back(tree.add("file" + std::to_string(i), text));
    }
  }
};

void expect_same(const FileAnswers& given, const FileAnswers& wanted) {
  ASSERT_EQ(given.size(), wanted.size());
  for (const auto& [path, answer] : wanted) {
    const test::FileAnswer& other = given.at(path);
    EXPECT_FALSE(other.error) << path << ": " << other.error->message();
    EXPECT_EQ(other.results, answer.results) << path;
    EXPECT_EQ(other.record_count, answer.record_count) << path;
    EXPECT_EQ(other.output, answer.output) << path;
    ASSERT_EQ(other.records.size(), answer.records.size()) << path;
    for (std::size_t i = 0; i < answer.records.size(); ++i) {
      ASSERT_EQ(other.records[i].offset, answer.records[i].offset) << path;
      ASSERT_EQ(other.records[i].value, answer.records[i].value) << path;
    }
  }
}

struct RecoveryCase {
  const char* name;
  const char* program;
  const char* injection;
};
void PrintTo(const RecoveryCase& test, std::ostream* out) { *out << test.name; }

class Recovery : public ::testing::TestWithParam<RecoveryCase> {};

TEST_P(Recovery, LeavesWhatAnUndisturbedRunLeaves) {
  const Files files;
  const VerifiedProgram program = test::program_of(GetParam().program);
  Session sound = open("");
  const FileAnswers wanted = test::run_program(sound, program, files.sources);
  Session session = open(GetParam().injection);
  expect_same(test::run_program(session, program, files.sources), wanted);
  const SessionStatistics statistics = session.statistics();
  EXPECT_EQ(statistics.lost_workers, 1u);
  EXPECT_FALSE(statistics.first_loss.empty());
  EXPECT_EQ(statistics.repeated_chunks, 1u);
  EXPECT_EQ(statistics.given_up_chunks, 0u);
  EXPECT_EQ(statistics.faulted_chunks, 0u);
  // Each chunk ran to its end once.
  EXPECT_EQ(statistics.chunks, sound.statistics().chunks);
  EXPECT_EQ(statistics.tiles, sound.statistics().tiles);
  EXPECT_EQ(statistics.fuel, sound.statistics().fuel);
  // The next run has other outcomes, and as many workers as before.
  expect_same(test::run_program(session, program, files.sources), wanted);
  EXPECT_EQ(session.statistics().lost_workers, 1u);
  EXPECT_EQ(sound.statistics().lost_workers, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, Recovery,
                         ::testing::Values(RecoveryCase{"records_end_first", kRecords, "end:0"},
                                           RecoveryCase{"records_end", kRecords, "end:77"},
                                           RecoveryCase{"records_hang", kRecords, "hang:50"},
                                           RecoveryCase{"carry_end_first", kCarried, "end:0"},
                                           RecoveryCase{"carry_end", kCarried, "end:101"},
                                           RecoveryCase{"carry_hang", kCarried, "hang:33"}),
                         [](const auto& test) { return std::string(test.param.name); });

TEST(RecoveredRun, HoldsWithOneWorkerAndOneRing) {
  const Files files;
  const VerifiedProgram program = test::program_of(kRecords);
  Session sound = open("");
  const FileAnswers wanted = test::run_program(sound, program, files.sources);
  for (const char* injection : {"end:0", "end:140", "hang:70"}) {
    SCOPED_TRACE(injection);
    Session session = open(injection, 1, 1);
    expect_same(test::run_program(session, program, files.sources), wanted);
    EXPECT_EQ(session.statistics().repeated_chunks, 1u);
  }
}

TEST(RecoveredRun, GivesUpAChunkThatCostsASecondWorker) {
  Files files;
  const VerifiedProgram program = test::program_of(kRecords);
  Session sound = open("");
  FileAnswers wanted = test::run_program(sound, program, files.sources);
  std::string poison(5 * kTileBytes, 'x');
  poison.replace(3 * kTileBytes, 8, "POISONED");
  const FileSource bad = files.tree.add("poisoned", poison);
  files.sources.insert(files.sources.begin() + 2, bad);
  Session session = open("end=POISONED");
  FileAnswers answers = test::run_program(session, program, files.sources);
  const auto given_up = answers.extract(bad.path);
  ASSERT_TRUE(given_up);
  ASSERT_TRUE(given_up.mapped().error);
  EXPECT_EQ(given_up.mapped().error->code, ErrorCode::kDeviceFault);
  EXPECT_EQ(given_up.mapped().error->detail, static_cast<int>(wire::FaultCode::kWorkerLost));
  EXPECT_NE(given_up.mapped().error->what.find("offset 0 was given up"), std::string::npos)
      << given_up.mapped().error->what;
  expect_same(answers, wanted);
  const SessionStatistics statistics = session.statistics();
  EXPECT_EQ(statistics.lost_workers, 2u);
  EXPECT_EQ(statistics.repeated_chunks, 1u);
  EXPECT_EQ(statistics.given_up_chunks, 1u);
  EXPECT_EQ(statistics.failed_files, 1u);
}

/// The session is lost with the first run, and says so again in the next.
void expect_each_run_ends(Session& session, const LoadedProgram& loaded,
                          const VerifiedProgram& program, const std::vector<FileSource>& files,
                          const char* reason) {
  for (int run = 0; run < 2; ++run) {
    test::ListFeed feed(files);
    test::Gather gather(program.program());
    const Status status =
        session.stream(feed, loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, ErrorCode::kDeviceFault);
    EXPECT_NE(status.error().what.find(reason), std::string::npos) << status.error().what;
  }
}

TEST(RecoveredRun, EndsWhereNothingHelps) {
  const TemporaryTree tree;
  std::vector<FileSource> files;
  for (int i = 0; i < 30; ++i) {
    files.push_back(tree.add("file" + std::to_string(i), "POISONED, as all are"));
  }
  const VerifiedProgram program = test::program_of(kRecords);
  Session session = open("end=POISONED");
  const auto loaded = session.load(program);
  expect_each_run_ends(session, *loaded, program, files, "within a minute");
}

TEST(RecoveredRun, EndsWhereAllWorkersAreLost) {
  const Files files;
  const VerifiedProgram program = test::program_of(kRecords);
  Session session = open("lose:50");
  const auto loaded = session.load(program);
  expect_each_run_ends(session, *loaded, program, files.sources, "all workers are lost");
  EXPECT_EQ(session.statistics().repeated_chunks, 0u);
}

TEST(RecoveredRun, DoesNotRepeatWhatChangesWindows) {
  const Files files;
  const VerifiedProgram program = test::program_of(kAdding);
  Session session = open("end:20");
  const auto loaded = session.load(program);
  expect_each_run_ends(session, *loaded, program, files.sources, "changes its windows");
  EXPECT_EQ(session.statistics().repeated_chunks, 0u);
}

// What the lost worker's run loaded is in the log, and is not mixed into the run that follows.
TEST(RecoveredRun, ReplaysWhatTheLastRunLoaded) {
  for (const char* injection : {"end:9", "hang:13"}) {
    SCOPED_TRACE(injection);
    const TemporaryTree tree;
    // One chunk, so that the worker is lost where it has loaded something.
    const std::vector<FileSource> files{test::load_files(tree).at(7)};
    SessionOptions options = test::recording_to(tree.path("log"));
    options.slot_bytes = 300u * 4096;
    options.backend = {.kind = BackendKind::kCpu, .hang_after = 80ms};
    SessionStatistics recorded;
    {
      const Injected injected(injection);
      recorded = test::record_loads(test::follows_entries(), tree, files, options);
    }
    EXPECT_EQ(recorded.repeated_chunks, 1u);
    test::EditedLog log(tree.path("log"));
    std::map<std::uint64_t, int> begun;
    for (const auto& load : log.all<test::replay::LoadRecord>()) {
      if (load.load == 0) ++begun[load.number];
    }
    EXPECT_EQ(std::count_if(begun.begin(), begun.end(), [](auto& run) { return run.second == 2; }),
              1);
    const ReplayReport report =
        test::replayed(tree.path("log"), {.kind = BackendKind::kCpu, .device = {}});
    EXPECT_FALSE(report.difference) << test::words_of(report);
    EXPECT_EQ(report.counts.unfinished, 0u);
    EXPECT_LT(report.counts.loads, recorded.loads);
  }
}

TEST(RecoveredRun, ReplaysTheSlotsThatFollowToo) {
  const Files files;
  SessionOptions options = test::recording_to(files.tree.path("log"));
  options.rings = 1;
  options.slot_bytes = 300u * 4096;
  options.backend = {.kind = BackendKind::kCpu, .hang_after = 80ms};
  {
    const Injected injected("end:2");
    auto session = Session::open(options);
    ASSERT_TRUE(session.has_value());
    test::run_program(*session, test::program_of(kRecords), files.sources);
    EXPECT_EQ(session->statistics().repeated_chunks, 1u);
    ASSERT_TRUE(session->finish_recording());
  }
  const ReplayReport report =
      test::replayed(files.tree.path("log"), {.kind = BackendKind::kCpu, .device = {}});
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.unfinished, 0u);
}

TEST(RecoveredRun, DoesNotKeepACancelledRun) {
  const Files files;
  Session session = open("hang:3");
  const auto loaded = session.load(test::program_of(kRecords));
  test::ListFeed feed(files.sources);
  const VerifiedProgram program = test::program_of(kRecords);
  test::Gather gather(program.program());
  std::thread canceller([&session] {
    std::this_thread::sleep_for(20ms);
    session.cancel();
  });
  const Status status =
      session.stream(feed, *loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
  canceller.join();
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, ErrorCode::kCancelled);
}

}  // namespace
}  // namespace vyre
