#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <string>

#include "scan/checkpoint/checkpoint.hpp"
#include "tests/scan/checkpoint/scan_state.hpp"

namespace vyre::scan {
namespace {

using testing::ScanState;

TEST(Checkpoint, GoesOnWhereAProcessWasKilled) {
  const ScanState state;
  {
    auto killed = state.process();
    ASSERT_TRUE(killed) << killed.error();
    ASSERT_TRUE(killed.finish(1, "one\n"));
    ASSERT_TRUE(killed.finish(2, ""));
    killed.write("half of thr");
  }
  EXPECT_EQ(ScanState::content_of(state.output()), "one\nhalf of thr");
  auto next = state.process();
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(ScanState::content_of(state.output()), "one\n");
  EXPECT_EQ(next->before().totals.files, 2u);
  EXPECT_EQ(next->before().totals.matches, 1u);
  EXPECT_EQ(next->before().done.find(ScanState::mark(1)), DoneFiles::State::kDone);
  EXPECT_EQ(next->before().done.find(ScanState::mark(2)), DoneFiles::State::kDone);
  EXPECT_EQ(next->before().done.find(ScanState::mark(3)), DoneFiles::State::kNew);
  ASSERT_TRUE(next.finish(3, "three\n"));
  EXPECT_EQ(ScanState::content_of(state.output()), "one\nthree\n");
}

TEST(Checkpoint, AFileThatIsNotFinishedIsTakenBackAndOthersGoOn) {
  const ScanState state;
  {
    auto process = state.process();
    ASSERT_TRUE(process) << process.error();
    ASSERT_TRUE(process.finish(1, "one\n"));
    process.write("not finished");
    ASSERT_TRUE(process->take_back());
    ASSERT_TRUE(process.finish(2, "two\n"));
  }
  auto next = state.process();
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(ScanState::content_of(state.output()), "one\ntwo\n");
  EXPECT_EQ(next->before().totals.files, 2u);
}

TEST(Checkpoint, BeginsBehindWhatAnAppendedOutputHolds) {
  const ScanState state;
  ScanState::set_content(state.output(), "of somebody else\n");
  {
    auto process = state.process(false);
    ASSERT_TRUE(process) << process.error();
    ASSERT_TRUE(process.finish(1, "one\n"));
    process.write("garbage");
  }
  auto next = state.process(false);
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(ScanState::content_of(state.output()), "of somebody else\none\n");
}

TEST(Checkpoint, AnEndedScanIsNotTouchedAgain) {
  const ScanState state;
  {
    auto process = state.process();
    ASSERT_TRUE(process) << process.error();
    ASSERT_TRUE(process.finish(1, "one\n", 3));
    process.write("the end\n");
    ASSERT_TRUE(process->end(2));
  }
  const std::string journal = ScanState::content_of(state.journal());
  for (int i = 0; i < 2; ++i) {
    auto next = state.process();
    ASSERT_TRUE(next) << next.error();
    EXPECT_EQ(next->before().exit_code, 2);
    EXPECT_EQ(next->before().totals.errors, 3u);
  }
  EXPECT_EQ(ScanState::content_of(state.output()), "one\nthe end\n");
  EXPECT_EQ(ScanState::content_of(state.journal()), journal);
  ScanState::set_content(state.output(), "one\n");
  EXPECT_FALSE(state.process());
}

TEST(Checkpoint, IsOneProcessAtATime) {
  const ScanState state;
  auto first = state.process();
  ASSERT_TRUE(first) << first.error();
  const auto second = state.process();
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().find("another process"), std::string::npos) << second.error();
}

TEST(Checkpoint, ErrorsOfTheWalkAreToldOnceEach) {
  const ScanState state;
  SourceMark error;
  {
    auto process = state.process();
    ASSERT_TRUE(process) << process.error();
    error = process->marks().of_error("missing", "stat: No such file");
    FinishedFiles told;
    told.add(error, {.errors = 1});
    told.add(error, {.errors = 1});
    ASSERT_TRUE(process->vouch_silent(told));
  }
  auto next = state.process();
  ASSERT_TRUE(next) << next.error();
  EXPECT_TRUE(next->told_before(error));
  EXPECT_TRUE(next->told_before(error));
  EXPECT_FALSE(next->told_before(error));
  EXPECT_FALSE(next->told_before(next->marks().of_error("missing", "stat: Permission denied")));
}

TEST(Checkpoint, MarksTellPathOriginAndState) {
  const FileMarks marks(42);
  const FileSource source{.path = "a", .size = 1, .modified = 2, .changed = 3};
  DoneFiles done;
  done.add(marks.of_source(source));
  for (int i = 0; i < 1000; ++i) done.add(marks.of_source({.path = std::to_string(i)}));
  done.sort();
  FileSource other = source;
  EXPECT_EQ(done.find(marks.of_source(other)), DoneFiles::State::kDone);
  EXPECT_EQ(done.find(FileMarks(43).of_source(other)), DoneFiles::State::kNew);
  other.origin = 1;
  EXPECT_EQ(done.find(marks.of_source(other)), DoneFiles::State::kNew);
  for (auto member : {&FileSource::size, &FileSource::modified, &FileSource::changed}) {
    other = source;
    ++(other.*member);
    EXPECT_EQ(done.find(marks.of_source(other)), DoneFiles::State::kChanged);
  }
  other = source;
  other.path = "b";
  EXPECT_EQ(done.find(marks.of_source(other)), DoneFiles::State::kNew);
}

TEST(Checkpoint, ARecordThatFindsNoRoomLeavesTheJournalWhole) {
  const ScanState state;
  std::signal(SIGXFSZ, SIG_IGN);
  {
    auto process = state.process();
    ASSERT_TRUE(process) << process.error();
    ASSERT_TRUE(process.finish(1, ""));
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
    const auto size = ScanState::content_of(state.journal()).size();
    rlimit limit = before;
    limit.rlim_cur = size + 20;
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &limit), 0);
    const Status refused = process.finish(2, "");
    ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().detail, EFBIG);
    EXPECT_EQ(ScanState::content_of(state.journal()).size(), size);
  }
  auto next = state.process();
  ASSERT_TRUE(next) << next.error();
  EXPECT_EQ(next->before().totals.files, 1u);
}

}  // namespace
}  // namespace vyre::scan
