#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>

#include "tests/runtime/load_replay_programs.hpp"
#include "vir0/content_hash.hpp"
#include "wire/io_slot.hpp"

// Recorded sessions whose programs load from resources, replayed on the machine under test and on
// the CPU.
namespace vyre {
namespace {

using runtime::replay::LoadRecord;
using test::EditedLog;
using test::replayed;
using test::TemporaryTree;
using testing::HasSubstr;
namespace replay_log = runtime::replay;

struct LoadCase {
  const char* name;
  const char* declarations;
  std::uint32_t rings;
  std::uint32_t workers;
  bool inputs;
};
void PrintTo(const LoadCase& test, std::ostream* out) { *out << test.name; }

const LoadCase kCases[] = {
    {"alone", "", 1, 1, false},
    {"alone_with_inputs", "", 1, 1, true},
    {"many", "", 3, 4, false},
    {"many_with_inputs", "", 3, 4, true},
    {"with_carry", ".carry 1\n", 2, 3, false},
    {"with_state", ".window w state 0\n", 2, 3, true},
};

class EveryLoadReplay : public backend::MachineTest, public testing::WithParamInterface<LoadCase> {
 protected:
  [[nodiscard]] SessionOptions options() const {
    SessionOptions options = test::recording_to(tree.path("log"), GetParam().inputs);
    options.rings = GetParam().rings;
    options.workers = GetParam().workers;
    options.backend = backend::test_backend();
    return options;
  }
  /// Replays it wherever it can be, and expects no difference.
  void expect_same(const SessionStatistics& recorded) const {
    for (const auto& [backend, workers] :
         {std::pair{backend::test_backend(), 3u},
          {BackendChoice{.kind = BackendKind::kCpu, .device = {}}, 1u},
          {BackendChoice{.kind = BackendKind::kCpu, .device = {}}, 4u}}) {
      const ReplayReport report = replayed(tree.path("log"), backend, workers);
      EXPECT_FALSE(report.difference) << test::words_of(report);
      EXPECT_FALSE(report.cut);
      EXPECT_EQ(report.counts.loads, recorded.loads);
      EXPECT_EQ(report.counts.slots, recorded.chunks);
      EXPECT_EQ(report.counts.unfinished, 0u);
    }
  }
  const TemporaryTree tree;
};

INSTANTIATE_TEST_SUITE_P(Cases, EveryLoadReplay, testing::ValuesIn(kCases),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(EveryLoadReplay, IsTheSame) {
  const auto files = test::load_files(tree);
  const auto recorded =
      test::record_loads(test::follows_entries(GetParam().declarations), tree, files, options());
  EXPECT_GT(recorded.loads, 300u);
  EXPECT_GT(recorded.failed_loads, 20u);
  if (GetParam().inputs) {
    // The log holds what all of them did.
    for (const FileSource& file : files) std::filesystem::remove(file.path);
    std::filesystem::remove(tree.path("resource"));
  }
  expect_same(recorded);
}

TEST_P(EveryLoadReplay, OfTheCpuIsTheSame) {
  SessionOptions cpu = options();
  cpu.backend = {.kind = BackendKind::kCpu, .device = {}};
  const auto files = test::load_files(tree);
  expect_same(test::record_loads(test::follows_entries(GetParam().declarations), tree, files, cpu));
}

class LoadReplays : public backend::MachineTest {
 protected:
  /// Of one ring; the program's runs are in the order of the files.
  void record(bool inputs) {
    SessionOptions options = test::recording_to(log(), inputs);
    options.rings = 1;
    options.backend = backend::test_backend();
    test::record_loads(test::follows_entries(), tree, test::load_files(tree), options);
  }
  [[nodiscard]] std::string log() const { return tree.path("log"); }
  [[nodiscard]] ReplayDifference difference() const {
    const ReplayReport report = replayed(log(), backend::test_backend());
    EXPECT_TRUE(report.difference);
    return report.difference.value_or(ReplayDifference{});
  }
  void expect_difference(const LoadRecord& load, const std::string& told) const {
    const ReplayDifference found = difference();
    EXPECT_EQ(found.kind, ReplayDifference::Kind::kLoad);
    EXPECT_EQ(found.slot, load.number);
    EXPECT_EQ(found.load, load.load);
    ASSERT_EQ(found.words.size(), 1u);
    EXPECT_THAT(found.words[0], HasSubstr(told));
    EXPECT_FALSE(found.sources.empty());
  }
  const TemporaryTree tree;
};

/// The first load that brought some bytes, but for `after` ones.
std::size_t good_load(EditedLog& log, std::size_t after = 0) {
  const auto loads = log.all<LoadRecord>();
  for (std::size_t i = 0; i < loads.size(); ++i) {
    if (loads[i].status == 0 && loads[i].length > 100 && after-- == 0) return i;
  }
  throw std::runtime_error("no load brought bytes");
}

TEST_F(LoadReplays, TellOfAResourceThatChanged) {
  record(false);
  EditedLog edited(log());
  const auto loads = edited.all<LoadRecord>();
  const std::size_t byte = loads.at(good_load(edited)).offset + 50;
  const std::string path = tree.path("resource");
  std::string content = test::read_bytes(path);
  content[byte] ^= 1;
  test::write_bytes(path, content);
  const ReplayDifference changed = difference();
  EXPECT_EQ(changed.kind, ReplayDifference::Kind::kLoad);
  EXPECT_THAT(changed.words.at(0),
              HasSubstr("the bytes are not those of the recording: \"" + path));
  EXPECT_TRUE(std::any_of(loads.begin(), loads.end(), [&](const LoadRecord& load) {
    return load.number == changed.slot && load.load == changed.load && load.offset <= byte &&
           byte < load.offset + load.length;
  }));
  test::write_bytes(path, content.substr(0, 50));
  const ReplayDifference shorter = difference();
  EXPECT_EQ(shorter.kind, ReplayDifference::Kind::kLoad);
  EXPECT_THAT(shorter.words.at(0), HasSubstr("ends at byte"));
  std::filesystem::remove(path);
  EXPECT_THAT(difference().words.at(0), HasSubstr("No such file or directory"));
  std::filesystem::create_directory(path);
  EXPECT_THAT(difference().words.at(0), HasSubstr("a directory"));
}

struct LoadChange {
  const char* name;
  void (*change)(LoadRecord&);
  const char* told;
};

TEST_F(LoadReplays, TellOfALoadThatIsAnother) {
  record(false);
  const std::string whole = test::read_bytes(log());
  for (const LoadChange& change :
       {LoadChange{"handle", [](LoadRecord& load) { load.handle = 3; }, "of resource 3 from"},
        {"offset", [](LoadRecord& load) { load.offset += 4'294'967'296; }, " from offset 429"},
        {"length", [](LoadRecord& load) { load.length -= 1; }, " recorded, "},
        {"content", [](LoadRecord& load) { load.content[3] ^= std::byte{1}; },
         "the bytes are not those of the recording, though sizes and times"}}) {
    for (const std::size_t after : {0u, 7u, 40u}) {
      SCOPED_TRACE(change.name);
      test::write_bytes(log(), whole);
      EditedLog edited(log());
      const std::size_t index = good_load(edited, after);
      const LoadRecord load = edited.all<LoadRecord>().at(index);
      edited.edit<LoadRecord>(index, change.change);
      edited.write(log());
      expect_difference(load, change.told);
    }
  }
}

// The program gets what the log says, and so leaves something else.
TEST_F(LoadReplays, GiveTheRecordedStatus) {
  record(false);
  EditedLog edited(log());
  const std::size_t index = good_load(edited, 5);
  const LoadRecord load = edited.all<LoadRecord>().at(index);
  edited.edit<LoadRecord>(index, [](auto& each) { each.status = wire::failed_io(EIO); });
  edited.write(log());
  const ReplayDifference found = difference();
  EXPECT_EQ(found.kind, ReplayDifference::Kind::kOutcome);
  EXPECT_EQ(found.slot, load.number);
  EXPECT_THAT(found.words, testing::Contains(HasSubstr("results[0] statuses: ")));
}

TEST_F(LoadReplays, TellOfMoreAndOfFewerLoads) {
  record(false);
  const std::string whole = test::read_bytes(log());
  EditedLog more(log());
  const auto loads = more.all<LoadRecord>();
  std::size_t last = good_load(more, 3);
  for (std::size_t i = last; i < loads.size(); ++i) {
    if (loads[i].number == loads[last].number) last = i;
  }
  more.remove(replay_log::RecordKind::kLoad, last);
  more.edit<replay_log::EndRecord>(0, [](auto& end) { --end.loads; });
  more.write(log());
  expect_difference(loads[last], "none recorded, ");

  test::write_bytes(log(), whole);
  EditedLog fewer(log());
  fewer.repeat(replay_log::RecordKind::kLoad, last);
  fewer.edit<LoadRecord>(last + 1, [](auto& load) { ++load.load; });
  fewer.edit<replay_log::EndRecord>(0, [](auto& end) { ++end.loads; });
  fewer.write(log());
  LoadRecord added = loads[last];
  ++added.load;
  expect_difference(added, "recorded, none now");
}

TEST_F(LoadReplays, TellOfAChangedByteInTheLog) {
  record(true);
  const std::string whole = test::read_bytes(log());
  EditedLog edited(log());
  const std::size_t index = good_load(edited, 2);
  LoadRecord load;
  std::vector<std::byte> bytes;
  edited.edit<LoadRecord>(index, [&](LoadRecord& each) {
    bytes.assign(each.bytes.begin(), each.bytes.end());
    bytes.at(77) ^= std::byte{4};
    each.bytes = bytes;
    load = each;
  });
  edited.write(log());
  expect_difference(load, "the bytes are not those of the recording, though the log holds them");
  // With the right hash of the wrong bytes the program leaves something else.
  edited.edit<LoadRecord>(index,
                          [&](LoadRecord& each) { each.content = vir0::hash_content(bytes); });
  edited.write(log());
  const ReplayDifference found = difference();
  EXPECT_EQ(found.kind, ReplayDifference::Kind::kOutcome);
  EXPECT_EQ(found.slot, load.number);
  EXPECT_THAT(found.words, testing::Contains(HasSubstr("output: ")));
}

// sysfs has files that say how long they are, and cannot be read.
TEST_F(LoadReplays, GiveTheErrorOfAReadAgain) {
  const std::string resource = "/sys/class/net/lo/speed";
  if (!std::filesystem::exists(resource)) GTEST_SKIP() << "there is no " << resource;
  if (std::ifstream(resource).get() != EOF) GTEST_SKIP() << resource << " can be read";
  const VerifiedProgram program = test::program_of(test::follows_entries());
  // 12 entries of a byte each.
  std::string ones(std::size_t{12} * 16, '\0');
  for (std::size_t at = 8; at < ones.size(); at += 16) ones[at] = 1;
  const FileSource file = tree.add("file", ones);
  std::uint64_t statuses = 0;
  {
    Session session = test::open_session(test::recording_to(log()));
    ASSERT_TRUE(session.register_resource(resource));
    statuses = test::run_program(session, program, {file}).at(file.path).results.at(0);
    ASSERT_TRUE(session.finish_recording());
  }
  EXPECT_GE(statuses, 12 * wire::failed_io(1));
  const ReplayReport report = replayed(log(), backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.loads, 12u);
}

TEST_F(LoadReplays, GoUpToTheCut) {
  record(true);
  const std::string whole = test::read_bytes(log());
  std::uint64_t loads = 0;
  for (std::size_t part = 2; part < 20; ++part) {
    test::write_bytes(log(), whole.substr(0, whole.size() * part / 20 + part));
    const ReplayReport report = replayed(log(), backend::test_backend());
    EXPECT_TRUE(report.cut);
    EXPECT_FALSE(report.difference) << test::words_of(report);
    EXPECT_GE(report.counts.loads, loads);
    loads = report.counts.loads;
  }
  EXPECT_GT(loads, 100u);
}

TEST_F(LoadReplays, GoOnWithoutOutcomes) {
  record(false);
  EditedLog edited(log());
  const auto loads = edited.all<LoadRecord>();
  // Of one slot the loads are still there, of the other none.
  const std::uint64_t known = loads.back().number;
  const std::uint64_t unknown = loads[good_load(edited, 9)].number;
  ASSERT_NE(known, unknown);
  const auto outcomes = edited.all<replay_log::OutcomeRecord>();
  for (std::size_t i = outcomes.size(); i-- > 0;) {
    const std::uint64_t number = outcomes[i].number;
    if (number != known && number != unknown) continue;
    edited.remove(replay_log::RecordKind::kOutcome, i);
    edited.edit<replay_log::EndRecord>(0, [](auto& end) { --end.outcomes; });
  }
  for (std::size_t i = loads.size(); i-- > 0;) {
    if (loads[i].number != unknown) continue;
    edited.remove(replay_log::RecordKind::kLoad, i);
    edited.edit<replay_log::EndRecord>(0, [](auto& end) { --end.loads; });
  }
  edited.write(log());
  const ReplayReport report = replayed(log(), backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.unfinished, 2u);
  EXPECT_EQ(report.counts.slots, outcomes.size());
}

TEST_F(LoadReplays, OfACancelledStreamAreTheSame) {
  tree.add("resource", test::noise(test::kResourceBytes, 5));
  std::vector<FileSource> files;
  for (std::uint32_t i = 0; i < 60; ++i) {
    files.push_back(tree.add("file" + std::to_string(i), test::entries(900'000, i)));
  }
  const VerifiedProgram program = test::program_of(test::follows_entries());
  {
    Session session = test::open_session(test::recording_to(log()));
    ASSERT_TRUE(session.register_resource(tree.path("resource")));
    const auto loaded = session.load(program);
    ASSERT_TRUE(loaded.has_value());
    class CancellingFeed final : public FileFeed {
     public:
      CancellingFeed(test::ListFeed& files, Session& session) : files_(files), session_(session) {}
      bool next(std::vector<FileSource>& batch, std::size_t) override {
        if (++calls_ == 20) session_.cancel();
        return files_.next(batch, 1);
      }

     private:
      test::ListFeed& files_;
      Session& session_;
      std::atomic<int> calls_{0};
    };
    test::ListFeed list(files);
    CancellingFeed feed(list, session);
    test::Gather gather(program.program());
    const Status done =
        session.stream(feed, *loaded, gather.factory(), {.placement = FilePlacement::kSeparate});
    ASSERT_FALSE(done.has_value());
    EXPECT_EQ(done.error().code, ErrorCode::kCancelled);
    ASSERT_TRUE(session.finish_recording());
  }
  const ReplayReport report = replayed(log(), backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_FALSE(report.cut);
  EXPECT_GT(report.counts.loads, 0u);
}

TEST_F(LoadReplays, OfChunksThatTookTooLongAreTheSame) {
  const auto files = test::load_files(tree);
  const VerifiedProgram program = test::program_of(test::follows_entries());
  SessionStatistics statistics;
  {
    Session session = test::open_session(test::recording_to(log()));
    ASSERT_TRUE(session.register_resource(tree.path("resource")));
    const auto loaded = session.load(program);
    ASSERT_TRUE(loaded.has_value());
    for (const int microseconds : {1, 300, 3'000, 10'000}) {
      test::ListFeed feed(files);
      test::Gather gather(program.program());
      const Status done = session.stream(feed, *loaded, gather.factory(),
                                         {.placement = FilePlacement::kSeparate,
                                          .deadline = std::chrono::microseconds(microseconds)});
      ASSERT_TRUE(done.has_value()) << done.error().message();
    }
    statistics = session.statistics();
    ASSERT_TRUE(session.finish_recording());
  }
  EXPECT_GT(statistics.overdue_chunks, 0u);
  const ReplayReport report = replayed(log(), backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.unfinished, statistics.overdue_chunks);
  EXPECT_LE(report.counts.loads, statistics.loads);
}

}  // namespace
}  // namespace vyre
