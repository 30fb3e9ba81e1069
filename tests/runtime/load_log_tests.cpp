#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <limits>
#include <random>

#include "tests/runtime/load_replay_programs.hpp"
#include "tests/support/environment.hpp"
#include "wire/control.hpp"

// Logs of programs that load, whose records hold anything.
namespace vyre {
namespace {

using test::EditedLog;
using test::TemporaryTree;
using ::testing::HasSubstr;
namespace replay_log = runtime::replay;
using replay_log::LoadRecord;
using replay_log::RecordKind;
using replay_log::ResourceRecord;

constexpr auto kMost = std::numeric_limits<u32>::max();

BackendChoice cpu() { return {.kind = BackendKind::kCpu, .device = {}}; }

class LoadLogs : public ::testing::Test {
 protected:
  /// Of two slots, the second of which loads three times.
  [[nodiscard]] std::string small_log(bool inputs = false) const {
    tree.add("resource", test::noise(test::kResourceBytes, 5));
    std::string three(48, '\0');
    for (std::size_t i = 0; i < 3; ++i) {
      three[16 * i + 4] = static_cast<char>(i);
      three[16 * i + 8] = 100;
    }
    SessionOptions options = test::recording_to(tree.path("log"), inputs);
    options.rings = 1;
    options.workers = 1;
    options.backend = cpu();
    auto session = Session::open(options);
    if (!session) throw std::runtime_error(session.error().message());
    EXPECT_TRUE(session->register_resource(tree.path("resource")));
    test::run_program(*session, test::program_of(test::follows_entries()),
                      {tree.add("empty", ""), tree.add("three", three)});
    EXPECT_TRUE(session->finish_recording());
    return tree.path("log");
  }
  /// The error of replaying it, with its fix; empty where there is none.
  static std::string error_of(const std::string& log) {
    const auto report = replay(log, {.backend = cpu(), .workers = 1});
    return report ? std::string() : report.error().message();
  }

  const TemporaryTree tree;
};

struct Absurdity {
  const char* name;
  void (*change)(EditedLog&);
  const char* told;
};
void PrintTo(const Absurdity& absurdity, std::ostream* out) { *out << absurdity.name; }

template <class Record>
void edit_first(EditedLog& log, void (*change)(Record&)) {
  log.edit<Record>(0, change);
}
void edit_load(EditedLog& log, void (*change)(LoadRecord&)) { edit_first(log, change); }
void edit_resource(EditedLog& log, void (*change)(ResourceRecord&)) { edit_first(log, change); }

const Absurdity kAbsurdities[] = {
    {"slot", [](auto& log) { edit_load(log, [](auto& load) { load.number = 77; }); },
     "load 1 of slot 1, of which there are 0"},
    {"every_slot",
     [](auto& log) {
       log.template edit_all<LoadRecord>([](auto& load) { load.number += 70; });
       log.remove(RecordKind::kOutcome, 1);
     },
     "loads of slot 71, which the stream has not"},
    {"slots",
     [](auto& log) {
       for (int i = 0; i < 5; ++i) log.repeat(RecordKind::kLoad, 0);
       for (std::size_t i = 0; i < 5; ++i) {
         log.template edit<LoadRecord>(i, [i](auto& load) { load.number = 10 + i; });
       }
     },
     "loads of more slots than the session has"},
    {"order", [](auto& log) { edit_load(log, [](auto& load) { load.load = 1; }); },
     "load 1 of slot 1, of which there are 0"},
    {"twice", [](auto& log) { log.repeat(RecordKind::kLoad, 1); },
     "load 1 of slot 1, of which there are 2"},
    {"far", [](auto& log) { edit_load(log, [](auto& load) { load.load = u64{1} << 63; }); },
     "load 9223372036854775808 of slot 1"},
    {"length", [](auto& log) { edit_load(log, [](auto& load) { load.length = kMost; }); },
     "is of 4294967295 bytes, where the program may ask for 4096"},
    {"status", [](auto& log) { edit_load(log, [](auto& load) { load.status = 77; }); },
     "load 0 of slot 1 has the status 77"},
    {"refused", [](auto& log) { edit_load(log, [](auto& load) { load.status = 3; }); },
     "load 0 of slot 1 has the status 3"},
    {"bytes",
     [](auto& log) {
       static const std::array<std::byte, 5> kBytes{};
       edit_load(log, [](auto& load) { load.bytes = kBytes; });
       log.remove(RecordKind::kOutcome, 1);
     },
     "load 0 of slot 1 has 5 bytes of 100"},
    {"bytes_of_a_failure",
     [](auto& log) {
       static const std::array<std::byte, 100> kBytes{};
       edit_load(log, [](auto& load) {
         load.bytes = kBytes;
         load.status = 5;
       });
     },
     "load 0 of slot 1 has 100 bytes of 0"},
    {"no_stream",
     [](auto& log) {
       log.remove(RecordKind::kSlot, 1);
       log.remove(RecordKind::kSlot, 0);
       log.remove(RecordKind::kOutcome, 0);
       log.remove(RecordKind::kStream, 0);
     },
     "a load outside of any stream"},
    {"no_program_that_loads",
     [](auto& log) {
       const VerifiedProgram other = test::program_of(test::kSumLines);
       static ContentHash hash;
       hash = content_hash(other.program());
       log.template edit_all<replay_log::ProgramRecord>([&](auto& program) {
         program.encoded = encode(other.program());
         program.hash = hash;
       });
       edit_first<replay_log::StreamRecord>(log, [](auto& stream) {
         stream.program = hash;
         stream.output_capacity = 0;
       });
       log.template edit_all<replay_log::SlotRecord>([](auto& slot) { slot.program = hash; });
       log.remove(RecordKind::kOutcome, 0);
     },
     "a load by a program that does not load"},
    {"count",
     [](auto& log) { edit_first<replay_log::EndRecord>(log, [](auto& end) { ++end.loads; }); },
     "2 slots, 2 outcomes and 4 loads, it holds 2, 2 and 3"},
    {"resource_tenant",
     [](auto& log) { edit_resource(log, [](auto& each) { each.tenant = wire::kMaxTenants; }); },
     "there is no such tenant"},
    {"resource_handle",
     [](auto& log) { edit_resource(log, [](auto& each) { each.handle = kMost; }); },
     "resource 4294967295 of a tenant that has 0"},
    {"resource_twice", [](auto& log) { log.repeat(RecordKind::kResource, 0); },
     "resource 0 of a tenant that has 1"},
    {"resource_path",
     [](auto& log) { edit_resource(log, [](auto& each) { each.file.path.resize(4096); }); },
     "a resource has a path of 4096 bytes"},
};

class AbsurdLoadLogs : public LoadLogs, public ::testing::WithParamInterface<Absurdity> {};

INSTANTIATE_TEST_SUITE_P(Absurdities, AbsurdLoadLogs, ::testing::ValuesIn(kAbsurdities),
                         [](const auto& test) { return std::string(test.param.name); });

TEST_P(AbsurdLoadLogs, AreRefusedWithTheReason) {
  const std::string log = small_log();
  EditedLog edited(log);
  GetParam().change(edited);
  edited.write(log);
  EXPECT_THAT(error_of(log), HasSubstr(GetParam().told));
}

TEST_F(LoadLogs, WithoutTheirResourceTellOfTheLoad) {
  const std::string log = small_log();
  EditedLog edited(log);
  edited.remove(RecordKind::kResource, 0);
  edited.write(log);
  const ReplayReport report = test::replayed(log, cpu());
  ASSERT_TRUE(report.difference);
  EXPECT_EQ(report.difference->load, 0u);
  EXPECT_THAT(test::words_of(report), HasSubstr("the log has no resource 0"));
}

// What a run that was abandoned loaded counts no more, whatever it was.
TEST_F(LoadLogs, MayBeginARunOnceMore) {
  const std::string log = small_log();
  EditedLog edited(log);
  edited.repeat(RecordKind::kLoad, 0);
  edited.repeat(RecordKind::kLoad, 0);
  edited.edit<LoadRecord>(1, [](auto& load) {
    load.load = 1;
    load.offset = 12'345;
  });
  edited.edit<replay_log::EndRecord>(0, [](auto& end) { end.loads += 2; });
  edited.write(log);
  const ReplayReport report = test::replayed(log, cpu());
  EXPECT_FALSE(report.difference) << test::words_of(report);
  EXPECT_EQ(report.counts.loads, 3u);
}

// Every checksum is right: the records themselves are looked at.
TEST_F(LoadLogs, WithAnyBytesInTheirRecordsEndSomehow) {
  const u64 seed = ::vyre::testing::number_from_environment("SEED", 1);
  std::mt19937_64 random(seed);
  const std::string log = small_log(true);
  const EditedLog whole(log);
  std::size_t errors = 0;
  std::size_t differences = 0;
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE("SEED " + std::to_string(seed) + ", round " + std::to_string(round));
    EditedLog edited = whole;
    const RecordKind kind = std::array{RecordKind::kLoad, RecordKind::kLoad, RecordKind::kResource,
                                       RecordKind::kSlot, RecordKind::kEnd}[random() % 5];
    auto& content = edited.content(kind, random() % edited.count(kind));
    switch (random() % 3) {
      case 0:
        content[random() % std::min<std::size_t>(content.size(), 90)] ^=
            static_cast<std::byte>(1u << random() % 8);
        break;
      case 1:
        content.resize(random() % content.size());
        break;
      default:
        content.insert(content.end(), random() % 9 + 1, std::byte{0xFF});
    }
    edited.write(log);
    const auto report = replay(log, {.backend = cpu(), .workers = 2});
    if (!report) {
      ++errors;
    } else if (report->difference) {
      ++differences;
    }
  }
  EXPECT_GT(errors, 50u);
  EXPECT_GT(differences, 5u);
}

}  // namespace
}  // namespace vyre
