#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "tests/runtime/replay_programs.hpp"

// What is recorded on the machine under test is replayed on it and on the CPU, and what is recorded
// on the CPU on the machine.
namespace vyre {
namespace {

using test::EditedLog;
using test::replayed;
using test::TemporaryTree;
using testing::HasSubstr;
namespace replay_log = runtime::replay;

class EveryReplay : public backend::MachineTest,
                    public testing::WithParamInterface<test::ReplayedProgram> {};
using Replays = backend::MachineTest;

INSTANTIATE_TEST_SUITE_P(Programs, EveryReplay, testing::ValuesIn(test::replayed_programs()),
                         [](const auto& program) { return std::string(program.param.name); });

BackendChoice cpu() { return {.kind = BackendKind::kCpu, .device = {}}; }

void expect_same(const ReplayReport& report) {
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_FALSE(report.cut);
  EXPECT_EQ(report.counts.unfinished, 0u);
}

TEST_P(EveryReplay, IsTheSameOnThisMachineAndOnTheCpu) {
  const TemporaryTree tree;
  const auto files = test::replayed_files(tree);
  const std::string log = tree.path("log");
  test::record(GetParam(), files, test::recording_to(log));
  for (const auto& [backend, workers] :
       {std::pair{backend::test_backend(), 3u}, {cpu(), 1u}, {cpu(), 4u}}) {
    const ReplayReport report = replayed(log, backend, workers);
    expect_same(report);
    EXPECT_EQ(report.counts.programs, 1u);
    EXPECT_EQ(report.counts.streams, 2u);
    EXPECT_GE(report.counts.slots, 2u);
    const bool faults = std::string(GetParam().name).starts_with("faults");
    EXPECT_EQ(report.counts.faulted, faults ? 2u : 0u);
    const bool windows = GetParam().text.find(".window") != std::string::npos;
    EXPECT_EQ(report.counts.windows_compared + report.counts.windows_taken_over, windows ? 2u : 0u);
  }
}

TEST_P(EveryReplay, OfTheCpuIsTheSameOnThisMachine) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  const auto files = test::replayed_files(tree);
  const VerifiedProgram program = test::program_of(GetParam().text);
  {
    SessionOptions options = test::recording_to(log, true);
    options.backend = cpu();
    auto session = Session::open(options);
    ASSERT_TRUE(session.has_value()) << session.error().message();
    const auto loaded = session->load(program);
    test::ListFeed feed(files);
    test::Gather gather(program.program());
    ASSERT_TRUE(
        session->stream(feed, *loaded, gather.factory(), {.placement = GetParam().placement}));
  }
  // The log holds what the files did.
  for (const FileSource& file : files) std::filesystem::remove(file.path);
  const ReplayReport report = replayed(log, backend::test_backend());
  expect_same(report);
  EXPECT_EQ(report.recorded.kind, BackendKind::kCpu);
}

TEST_P(EveryReplay, FindsAnotherOutcomeInTheLog) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  const std::string changed = tree.path("changed");
  test::record(GetParam(), test::replayed_files(tree), test::recording_to(log));
  const std::size_t outcomes = EditedLog(log).count(replay_log::RecordKind::kOutcome);
  for (const std::size_t index : {std::size_t{0}, outcomes / 2, outcomes - 1}) {
    EditedLog edited(log);
    std::uint64_t number = 0;
    edited.edit<replay_log::OutcomeRecord>(index, [&number](auto& outcome) {
      number = outcome.number;
      outcome.tiles += 5;
    });
    edited.write(changed);
    const ReplayReport report = replayed(changed, backend::test_backend());
    ASSERT_TRUE(report.difference);
    EXPECT_EQ(report.difference->kind, ReplayDifference::Kind::kOutcome);
    EXPECT_EQ(report.difference->slot, number);
    EXPECT_FALSE(report.difference->sources.empty());
    EXPECT_THAT(test::words_of(report), HasSubstr("tiles: "));
  }
}

struct OutcomeChange {
  const char* name;
  const char* program;
  void (*change)(replay_log::OutcomeRecord&);
  const char* told;
};

const OutcomeChange kChanges[] = {
    {"status", "results",
     [](auto& outcome) {
       outcome.status = 7;
       outcome.fault_code = 8;
       outcome.fault_detail = 3;
     },
     "end: fault 8 (tile-out-of-range), detail 3, tile 0 recorded, done now"},
    {"fuel", "results", [](auto& outcome) { ++outcome.fuel; }, "fuel: "},
    {"result", "results", [](auto& outcome) { outcome.results[0] = 999'999; },
     "results[0] lines: 999999 recorded, "},
    {"results", "results", [](auto& outcome) { outcome.results.push_back(1); },
     "result words: 2 recorded, 1 now"},
    {"record_count", "records", [](auto& outcome) { outcome.record_count += 1; }, "records: "},
    {"record", "records", [](auto& outcome) { outcome.records[3] ^= std::byte{1}; },
     "records: the hash of all differs"},
    {"carry", "carry", [](auto& outcome) { outcome.carry[2] ^= 1; }, "carry[2]: "},
    {"output_bytes", "output", [](auto& outcome) { outcome.output_bytes += 1; }, "output bytes: "},
    {"output", "output", [](auto& outcome) { outcome.output[0] ^= std::byte{1}; }, "output: "},
    {"fault_code", "faults", [](auto& outcome) { outcome.fault_code += 1; }, "end: "},
    {"fault_tile", "faults", [](auto& outcome) { outcome.fault_tile += 1; }, "end: "},
};

TEST_F(Replays, NameTheWordThatDiffers) {
  for (const OutcomeChange& change : kChanges) {
    SCOPED_TRACE(change.name);
    const TemporaryTree tree;
    const std::string log = tree.path("log");
    for (const test::ReplayedProgram& program : test::replayed_programs()) {
      if (std::string(program.name) == change.program) {
        test::record(program, test::replayed_files(tree), test::recording_to(log));
      }
    }
    EditedLog edited(log);
    const auto all = edited.all<replay_log::OutcomeRecord>();
    const bool faulted = std::string(change.program) == "faults";
    std::size_t index = 0;
    while (faulted && all.at(index).fault_code == 0) ++index;
    edited.edit<replay_log::OutcomeRecord>(index, change.change);
    edited.write(log);
    const ReplayReport report = replayed(log, backend::test_backend());
    ASSERT_TRUE(report.difference);
    EXPECT_EQ(report.difference->slot, all[index].number);
    EXPECT_THAT(test::words_of(report), HasSubstr(change.told));
  }
}

TEST_F(Replays, NameAnInputThatChanged) {
  const TemporaryTree tree;
  const auto files = test::replayed_files(tree);
  const std::string log = tree.path("log");
  test::record({.name = "lines", .text = test::kSumLines}, files, test::recording_to(log));
  const std::string path = files[6].path;
  const std::string content = test::read_bytes(path);
  struct Case {
    const char* name;
    std::string content;
    const char* told;
  };
  std::string touched = content;
  touched[300'000] ^= 1;
  for (const Case& input : {Case{"a byte", touched, "modified since"},
                            Case{"shorter", content.substr(0, 250'000), "ends at byte 250000"},
                            Case{"empty", "", "ends at byte 0"}}) {
    SCOPED_TRACE(input.name);
    test::write_bytes(path, input.content);
    const ReplayReport report = replayed(log, backend::test_backend());
    ASSERT_TRUE(report.difference);
    EXPECT_EQ(report.difference->kind, ReplayDifference::Kind::kInput);
    ASSERT_EQ(report.difference->sources.size(), 1u);
    EXPECT_EQ(report.difference->sources[0].path, path);
    EXPECT_EQ(report.difference->program_name, "lines");
    EXPECT_THAT(test::words_of(report), HasSubstr(input.told));
  }
  std::filesystem::remove(path);
  EXPECT_THAT(test::words_of(replayed(log, backend::test_backend())),
              HasSubstr("No such file or directory"));
  std::filesystem::create_directory(path);
  EXPECT_THAT(test::words_of(replayed(log, backend::test_backend())), HasSubstr("a directory"));
  std::filesystem::remove(path);
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_THAT(test::words_of(replayed(log, backend::test_backend())), HasSubstr("a FIFO"));
}

TEST_F(Replays, NameAWindowThatDiffers) {
  for (const std::string& text : {test::kStateWindow, test::kSharedWindow}) {
    const TemporaryTree tree;
    const std::string log = tree.path("log");
    test::record({.name = "window", .text = text}, test::replayed_files(tree),
                 test::recording_to(log));
    EditedLog edited(log);
    edited.edit<replay_log::StreamEndRecord>(1, [](auto& end) { end.window.at(0) += 3; });
    edited.write(log);
    const ReplayReport report = replayed(log, backend::test_backend());
    ASSERT_TRUE(report.difference);
    EXPECT_EQ(report.difference->kind, ReplayDifference::Kind::kWindow);
    EXPECT_FALSE(report.difference->slot);
    EXPECT_THAT(test::words_of(report), HasSubstr("window word 0"));
  }
}

// Every hash in the log is right, and the program is another.
TEST_F(Replays, FindAnotherProgram) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  test::record({.name = "lines", .text = test::kSumLines}, test::replayed_files(tree),
               test::recording_to(log));
  std::string text = test::kSumLines;
  text.replace(text.find("'\\n'"), 4, "'#'");
  const VerifiedProgram other = test::program_of(text);
  const ContentHash hash = content_hash(other.program());
  EditedLog edited(log);
  edited.edit_all<replay_log::ProgramRecord>([&](auto& program) {
    program.encoded = encode(other.program());
    program.hash = hash;
  });
  edited.edit_all<replay_log::StreamRecord>([&](auto& stream) { stream.program = hash; });
  edited.edit_all<replay_log::SlotRecord>([&](auto& slot) { slot.program = hash; });
  edited.edit_all<replay_log::OutcomeRecord>([](auto& outcome) { ++outcome.results.at(0); });
  edited.write(log);
  const ReplayReport report = replayed(log, backend::test_backend());
  ASSERT_TRUE(report.difference);
  EXPECT_EQ(report.difference->kind, ReplayDifference::Kind::kOutcome);
  EXPECT_THAT(test::words_of(report), HasSubstr("results[0] lines: "));
}

TEST_F(Replays, RunSlotsThatHaveNoOutcome) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  test::record({.name = "window", .text = test::kSharedWindow}, test::replayed_files(tree),
               test::recording_to(log));
  EditedLog edited(log);
  edited.remove(replay_log::RecordKind::kOutcome, 2);
  edited.edit<replay_log::EndRecord>(0, [](auto& end) { --end.outcomes; });
  // What the window holds then is what the log says.
  edited.edit<replay_log::StreamEndRecord>(0, [](auto& end) { end.window.at(0) += 3; });
  edited.edit<replay_log::StreamEndRecord>(1, [](auto& end) { end.window.at(0) += 3; });
  edited.write(log);
  const ReplayReport report = replayed(log, backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.unfinished, 1u);
  EXPECT_EQ(report.counts.windows_taken_over, 1u);
  EXPECT_EQ(report.counts.windows_compared, 1u);
}

// Its region was unknown: nothing that the program did.
TEST_F(Replays, DoNotExpectAgainWhatTheHostDid) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  test::record({.name = "lines", .text = test::kSumLines}, test::replayed_files(tree),
               test::recording_to(log));
  EditedLog edited(log);
  edited.edit<replay_log::OutcomeRecord>(1, [](auto& outcome) {
    outcome.status = static_cast<std::uint32_t>(wire::SlotStatus::kFault);
    outcome.fault_code = static_cast<std::uint32_t>(wire::FaultCode::kUnknownRegion);
  });
  edited.write(log);
  const ReplayReport report = replayed(log, backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.unfinished, 1u);
}

TEST_F(Replays, HoldNothingOfStreamsAfterTheLogsEnd) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  const VerifiedProgram program = test::program_of(test::kSumLines);
  const FileSource file = tree.add("file", std::string(70'000, 'x'));
  {
    Session session = test::open_session(test::recording_to(log));
    const auto loaded = session.load(program).value();
    for (int round = 0; round < 2; ++round) {
      test::ListFeed feed({file});
      test::Gather gather(program.program());
      const Status done =
          session.stream(feed, loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
      ASSERT_TRUE(done) << done.error().message();
      ASSERT_TRUE(session.finish_recording());
    }
  }
  const ReplayReport report = test::replayed(log, backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
}

TEST_F(Replays, GoUpToTheCut) {
  const TemporaryTree tree;
  const std::string log = tree.path("log");
  const std::string cut = tree.path("cut");
  test::record({.name = "lines", .text = test::kSumLines}, test::replayed_files(tree),
               test::recording_to(log));
  const std::string whole = test::read_bytes(log);
  const std::uint64_t slots = replayed(log, backend::test_backend()).counts.slots;
  std::uint64_t last = 0;
  for (std::size_t part = 3; part < 20; ++part) {
    test::write_bytes(cut, whole.substr(0, whole.size() * part / 20 + part));
    const ReplayReport report = replayed(cut, backend::test_backend());
    EXPECT_TRUE(report.cut);
    EXPECT_FALSE(report.difference) << test::words_of(report);
    EXPECT_GE(report.counts.slots, last);
    last = report.counts.slots;
  }
  EXPECT_GT(last, 0u);
  EXPECT_LE(last, slots);
}

}  // namespace
}  // namespace vyre
