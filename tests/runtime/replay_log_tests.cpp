#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <xxhash.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <limits>
#include <optional>
#include <thread>

#include "runtime/replay/log_file.hpp"
#include "tests/runtime/replay_programs.hpp"
#include "wire/control.hpp"

// Logs that cannot be written, and logs that hold anything.
namespace vyre {
namespace {

using test::EditedLog;
using test::TemporaryTree;
using testing::HasSubstr;
namespace replay_log = runtime::replay;

class ReplayLogs : public backend::MachineTest {
 protected:
  /// A log of one stream of a few small slots.
  std::string small_log() {
    const std::string log = tree.path("log");
    const VerifiedProgram program = test::program_of(test::kSumLines);
    SessionOptions options = test::recording_to(log);
    options.rings = 1;
    Session session = test::open_session(options);
    test::run_program(session, program, {tree.add("a", "one\ntwo\n"), tree.add("b", "three\n")});
    EXPECT_TRUE(session.finish_recording());
    return log;
  }
  /// The error of replaying it, with its fix; empty where there is none.
  static std::string error_of(const std::string& log) {
    const auto report = replay(log, {.backend = backend::test_backend(), .workers = 1});
    return report ? std::string() : report.error().message();
  }

  TemporaryTree tree;
};

/// Reads all records; what they are, or the error.
std::string records_of(const std::string& path) {
  auto reader = replay_log::LogReader::open(path);
  if (!reader) return reader.error().message();
  std::string kinds;
  while (true) {
    const auto record = reader->next();
    if (!record) return record.error().message();
    if (!*record) return kinds;
    kinds += static_cast<char>('0' + static_cast<int>((*record)->kind));
  }
}

TEST_F(ReplayLogs, CutAnywhereKeepTheRecordsBeforeTheCut) {
  const std::string log = small_log();
  const std::string kinds = records_of(log);
  EXPECT_EQ(kinds, "124556678");
  std::string last = kinds;
  for (std::size_t size = std::filesystem::file_size(log); size-- > 0;) {
    std::filesystem::resize_file(log, size);
    const std::string read = records_of(log);
    if (size < sizeof(replay_log::LogHeader)) {
      EXPECT_THAT(read, HasSubstr("less than a log's header"));
      continue;
    }
    ASSERT_TRUE(last.starts_with(read)) << size << ": " << read;
    last = read;
  }
  EXPECT_EQ(last, "");
}

TEST_F(ReplayLogs, WithAnyByteChangedAreRefusedThere) {
  const std::string log = small_log();
  const std::string whole = test::read_bytes(log);
  std::fstream file(log, std::ios::binary | std::ios::in | std::ios::out);
  const auto put = [&file](std::size_t at, char byte) {
    file.seekp(static_cast<std::streamoff>(at)).put(byte).flush();
  };
  for (std::size_t at = 0; at < whole.size(); ++at) {
    put(at, static_cast<char>(whole[at] ^ (1 << at % 8)));
    const std::string read = records_of(log);
    ASSERT_TRUE(read.find("is damaged") != std::string::npos ||
                read.find("is no replay log") != std::string::npos)
        << at << ": " << read;
    put(at, whole[at]);
  }
  // Length and kind are believed only when their checksum is right; then they are still looked at.
  EditedLog(log).write(tree.path("same"));
  EXPECT_EQ(test::read_bytes(tree.path("same")), whole);
}

TEST_F(ReplayLogs, OfNothingSaySo) {
  const std::string whole = test::read_bytes(small_log());
  test::write_bytes(tree.path("log"), whole.substr(0, sizeof(replay_log::LogHeader)));
  EXPECT_THAT(error_of(tree.path("log")), HasSubstr("cut before anything was recorded"));
  EXPECT_THAT(error_of(tree.path("none")), HasSubstr("No such file"));
  EXPECT_THAT(error_of(tree.path("")), HasSubstr("no regular file"));
  EXPECT_THAT(error_of("/dev/zero"), HasSubstr("no regular file"));
  test::write_bytes(tree.path("text"), std::string(5000, 'x'));
  EXPECT_THAT(error_of(tree.path("text")), HasSubstr("does not begin as one"));
  ASSERT_EQ(::mkfifo(tree.path("fifo").c_str(), 0600), 0);
  EXPECT_THAT(error_of(tree.path("fifo")), HasSubstr("no regular file"));
}

TEST_F(ReplayLogs, OfAnotherVersionNameBoth) {
  replay_log::LogHeader header = replay_log::make_log_header();
  header.version = 1;
  header.check = XXH3_64bits(&header, offsetof(replay_log::LogHeader, check));
  test::write_bytes(tree.path("log"), {reinterpret_cast<const char*>(&header), sizeof header});
  EXPECT_THAT(error_of(tree.path("log")), HasSubstr("version 1, and this is for version 2"));
}

TEST_F(ReplayLogs, LongerThanAnythingAreNotBelieved) {
  const std::string log = small_log();
  // A record of 2^60 bytes with a header that is sound, in a file with a hole of a terabyte.
  std::vector<std::byte> frame(sizeof(replay_log::FrameHeader));
  replay_log::close_frame(replay_log::RecordKind::kWindow, 0, frame);
  std::string bytes = test::read_bytes(log).substr(0, sizeof(replay_log::LogHeader));
  bytes.append(reinterpret_cast<const char*>(frame.data()), frame.size());
  test::write_bytes(log, bytes);
  ASSERT_EQ(::truncate(log.c_str(), off_t{1} << 40), 0);
  EXPECT_THAT(error_of(log), HasSubstr("one session, which comes first"));
}

struct Absurdity {
  const char* name;
  void (*change)(EditedLog&);
  const char* told;
};

template <class Record>
void edit_first(EditedLog& log, void (*change)(Record&)) {
  log.edit<Record>(0, change);
}

constexpr auto kMost = std::numeric_limits<u32>::max();

const Absurdity kAbsurdities[] = {
    {"no_rings",
     [](auto& log) { edit_first<replay_log::SessionRecord>(log, [](auto& r) { r.rings = 0; }); },
     "no session has this geometry"},
    {"slot_bytes",
     [](auto& log) {
       edit_first<replay_log::SessionRecord>(log, [](auto& r) { r.slot_bytes = 0xFFFFF000; });
     },
     "no session has this geometry"},
    {"window_words",
     [](auto& log) {
       edit_first<replay_log::SessionRecord>(log, [](auto& r) { r.window_words = kMost; });
     },
     "no session has this geometry"},
    {"two_sessions", [](auto& log) { log.repeat(replay_log::RecordKind::kSession, 0); },
     "one session, which comes first"},
    {"program_tenant",
     [](auto& log) {
       edit_first<replay_log::ProgramRecord>(log, [](auto& r) { r.tenant = wire::kMaxTenants; });
     },
     "no such tenant"},
    {"program_bytes",
     [](auto& log) {
       edit_first<replay_log::ProgramRecord>(log, [](auto& r) { r.encoded.resize(7); });
     },
     "the program: "},
    {"program_hash",
     [](auto& log) {
       edit_first<replay_log::ProgramRecord>(log, [](auto& r) { r.hash[0] ^= std::byte{1}; });
     },
     "and the log says"},
    {"no_program", [](auto& log) { log.remove(replay_log::RecordKind::kProgram, 0); },
     "does not hold the program"},
    {"capacity",
     [](auto& log) {
       edit_first<replay_log::StreamRecord>(log, [](auto& r) { r.record_capacity = kMost; });
     },
     "outcomes of 4294967295 records"},
    {"output",
     [](auto& log) {
       edit_first<replay_log::StreamRecord>(log, [](auto& r) { r.output_capacity = 1; });
     },
     "and 1 bytes of output"},
    {"two_streams", [](auto& log) { log.repeat(replay_log::RecordKind::kStream, 0); },
     "in the midst of another"},
    {"no_stream", [](auto& log) { log.remove(replay_log::RecordKind::kStream, 0); },
     "outside of any stream"},
    {"slot_ring",
     [](auto& log) { edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.ring = 1; }); },
     "a place that the session has not"},
    {"slot_index",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.arguments[7] = 64; });
     },
     "a place that the session has not"},
    {"slot_length",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.arguments[2] = kMost; });
     },
     "has 4294967295 bytes of 131072"},
    {"slot_tenant",
     [](auto& log) { edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.tenant = 3; }); },
     "of tenant 3, the stream another"},
    {"slot_program",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.program[5] ^= std::byte{8}; });
     },
     "the stream another"},
    {"extent",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log,
                                          [](auto& r) { r.extents.at(0).slot_offset = kMost; });
     },
     "bytes at 4294967295"},
    {"extent_length",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log, [](auto& r) { r.extents.at(0).length = kMost; });
     },
     "4294967295 bytes at 0"},
    {"path",
     [](auto& log) {
       edit_first<replay_log::SlotRecord>(log,
                                          [](auto& r) { r.extents.at(0).file.path.resize(4096); });
     },
     "a path of 4096 bytes"},
    {"slot_twice", [](auto& log) { log.repeat(replay_log::RecordKind::kSlot, 0); },
     "is there twice"},
    {"outcome_twice", [](auto& log) { log.repeat(replay_log::RecordKind::kOutcome, 0); },
     "slot 0 has two outcomes"},
    {"outcome_of_none",
     [](auto& log) { edit_first<replay_log::OutcomeRecord>(log, [](auto& r) { r.number = 77; }); },
     "slot 77, which is not under way"},
    {"window",
     [](auto& log) {
       edit_first<replay_log::StreamEndRecord>(log, [](auto& r) { r.window = {1}; });
     },
     "a window of 1 words, where the program declares 0"},
    {"no_end_of_stream", [](auto& log) { log.remove(replay_log::RecordKind::kStreamEnd, 0); },
     "in the midst of a stream"},
    {"two_ends", [](auto& log) { log.repeat(replay_log::RecordKind::kEnd, 0); },
     "behind the log's end"},
    {"lost_outcome", [](auto& log) { log.remove(replay_log::RecordKind::kOutcome, 1); },
     "its end counts 2 slots, 2 outcomes and 0 loads, it holds 2, 1 and 0"},
};

class AbsurdLogs : public ReplayLogs, public testing::WithParamInterface<Absurdity> {};

void PrintTo(const Absurdity& absurdity, std::ostream* out) { *out << absurdity.name; }

INSTANTIATE_TEST_SUITE_P(Absurdities, AbsurdLogs, testing::ValuesIn(kAbsurdities),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(AbsurdLogs, AreRefusedWithTheReason) {
  const std::string log = small_log();
  EditedLog edited(log);
  GetParam().change(edited);
  edited.write(log);
  EXPECT_THAT(error_of(log), HasSubstr(GetParam().told));
}

TEST_F(ReplayLogs, ChunksThatNoDriverMakesFaultAsAnyDo) {
  const std::string log = small_log();
  EditedLog edited(log);
  edited.edit<replay_log::SlotRecord>(0, [](auto& slot) {
    slot.arguments[wire::chunk_argument::kOwnEnd] = kMost;
    slot.priority = kMost;
  });
  edited.write(log);
  const ReplayReport report = test::replayed(log, backend::test_backend());
  ASSERT_TRUE(report.difference);
  EXPECT_THAT(test::words_of(report), HasSubstr("done recorded, fault 6 (chunk-out-of-range)"));
}

TEST_F(ReplayLogs, ThatCannotBeWrittenEndTheStream) {
  SessionOptions options = test::recording_to("/dev/full");
  options.backend = backend::test_backend();
  const auto full = Session::open(options);
  ASSERT_FALSE(full.has_value());
  EXPECT_EQ(full.error().detail, ENOSPC);
  options.record.path = tree.path("missing/log");
  const auto missing = Session::open(options);
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().detail, ENOENT);
  const auto first = replay_log::LogFile::create(tree.path("log"));
  ASSERT_TRUE(first.has_value());
  const auto second = replay_log::LogFile::create(tree.path("log"));
  ASSERT_FALSE(second.has_value());
  EXPECT_THAT(second.error().what, HasSubstr("another process records"));
}

/// Never runs dry until it is told to.
class EndlessFeed final : public FileFeed {
 public:
  explicit EndlessFeed(FileSource file) : file_(std::move(file)) {}
  bool next(std::vector<FileSource>& batch, std::size_t) override {
    batch.push_back(file_);
    handed_out.fetch_add(1);
    return true;
  }
  std::atomic<std::size_t> handed_out{0};

 private:
  FileSource file_;
};

TEST_F(ReplayLogs, OfACancelledStreamReplay) {
  const VerifiedProgram program = test::program_of(test::kStateWindow);
  EndlessFeed endless(tree.add("file", test::noise(300'000, 2)));
  std::optional<Session> session(test::open_session(test::recording_to(tree.path("log"))));
  const auto loaded = session->load(program);
  std::thread canceller([&] {
    while (endless.handed_out.load() < 50) std::this_thread::yield();
    session->cancel();
  });
  class Ignore final : public ChunkConsumer {
    void on_chunk(const ChunkView&) override {}
    void on_file_end(const StreamedFile&, const Error*) override {}
  };
  const Status done =
      session->stream(endless, *loaded, [](std::uint32_t) { return std::make_unique<Ignore>(); },
                      {.placement = FilePlacement::kSeparate});
  canceller.join();
  ASSERT_FALSE(done.has_value());
  ASSERT_TRUE(session->finish_recording());
  // One machine at a time.
  session.reset();
  EditedLog log(tree.path("log"));
  EXPECT_THAT(log.all<replay_log::StreamEndRecord>().at(0).error, HasSubstr("cancelled"));
  const ReplayReport report = test::replayed(tree.path("log"), backend::test_backend());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_FALSE(report.cut);
  EXPECT_GT(report.counts.slots, 0u);
}

}  // namespace
}  // namespace vyre
