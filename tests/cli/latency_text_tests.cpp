#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/latency_text.hpp"
#include "cli/run_statistics.hpp"
#include "cli/scan_statistics.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

TEST(DurationText, HasThreeDigits) {
  const std::pair<std::uint64_t, const char*> cases[] = {{0, "0 ns"},
                                                         {999, "999 ns"},
                                                         {1000, "1.00 us"},
                                                         {12'345, "12.3 us"},
                                                         {999'499, "999 us"},
                                                         {999'500, "1.00 ms"},
                                                         {45'600'000, "45.6 ms"},
                                                         {1'000'000'000, "1.00 s"},
                                                         {789'000'000'000, "789 s"}};
  for (const auto& [nanoseconds, text] : cases) EXPECT_EQ(duration_text(nanoseconds), text);
}

SessionStatistics measured() {
  SessionStatistics session;
  LatencyHistogram& run = session.latency[static_cast<std::size_t>(Hop::kRun)];
  for (int i = 0; i < 998; ++i) run.record(15);
  run.record(2000);
  run.record(5'000'000);
  session.opcodes.programs = 1000;
  session.opcodes.faults = 2;
  return session;
}

TEST(LatencyText, ShowsTheHopsThatThereWere) {
  EXPECT_EQ(latency_lines({}), "");
  EXPECT_EQ(latency_lines(measured().latency),
            "latency     hop          slots       p50       p90       p99     p99.9       max\n"
            "            run           1000     15 ns     15 ns     15 ns   2.05 us   5.00 ms\n");
  EXPECT_EQ(latency_json({}).dump(), "{}");
  EXPECT_EQ(latency_json(measured().latency).dump(),
            R"({"run":{"slots":1000,"p50_ns":15,"p90_ns":15,"p99_ns":15,"p99_9_ns":2047,)"
            R"("max_ns":5000000}})");
}

TEST(LatencyText, IsInTextAndJsonOfScanAndRun) {
  const SessionStatistics session = measured();
  const RunTotals totals;
  const ScanReport scan{.totals = {}, .session = session, .backend = {}};
  const RunReport run{.totals = totals, .session = session, .backend = {}};
  for (const std::string& text : {statistics_text(scan), run_statistics_text(run)}) {
    EXPECT_THAT(text, HasSubstr(latency_lines(session.latency)));
    EXPECT_THAT(text, HasSubstr("\nslots       1000 program, 2 fault\n"));
  }
  for (const std::string& text : {statistics_json(scan), run_summary_json(run, {})}) {
    const auto object = nlohmann::json::parse(text);
    EXPECT_EQ(object["latency"]["run"]["slots"], 1000);
    EXPECT_EQ(object["slots"].dump(), R"({"fault":2,"program":1000})");
  }
}

}  // namespace
}  // namespace vyre::cli
