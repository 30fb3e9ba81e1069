#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/run_statistics.hpp"
#include "cli/scan_statistics.hpp"
#include "cli/statistics_text.hpp"

namespace vyre::cli {
namespace {

using ::testing::HasSubstr;

const BackendDescription kDevice = {.kind = BackendKind::kCuda,
                                    .name = "NVIDIA Made Up",
                                    .uuid = "GPU-1a2b3c4d-0000-0000-0000-000000000000"};
const BackendDescription kChosenCpu = {
    .kind = BackendKind::kCpu, .name = "cpu", .reason = "the NVIDIA driver sees no device"};
const BackendDescription kWantedCpu = {.kind = BackendKind::kCpu, .name = "cpu"};

TEST(BackendStatistics, NameTheDeviceOrSayWhyThereIsNone) {
  EXPECT_EQ(backend_line(kDevice),
            "backend     NVIDIA Made Up, GPU-1a2b3c4d-0000-0000-0000-000000000000\n");
  EXPECT_EQ(backend_line(kChosenCpu),
            "backend     cpu; not cuda: the NVIDIA driver sees no device\n");
  EXPECT_EQ(backend_line(kWantedCpu), "backend     cpu\n");
  EXPECT_EQ(backend_json(kDevice).dump(), R"({"kind":"cuda","name":"NVIDIA Made Up",)"
                                          R"("uuid":"GPU-1a2b3c4d-0000-0000-0000-000000000000"})");
  EXPECT_EQ(backend_json(kChosenCpu).dump(),
            R"({"kind":"cpu","name":"cpu","reason":"the NVIDIA driver sees no device"})");
  EXPECT_EQ(backend_json(kWantedCpu).dump(), R"({"kind":"cpu","name":"cpu"})");
}

TEST(BackendStatistics, AreInTextAndJsonOfScanAndRun) {
  const RunTotals totals;
  const SessionStatistics session;
  for (const BackendDescription& backend : {kDevice, kChosenCpu, kWantedCpu}) {
    const ScanReport scan{.totals = {}, .session = session, .backend = backend};
    const RunReport run{.totals = totals, .session = session, .backend = backend};
    EXPECT_THAT(statistics_text(scan), HasSubstr("\n" + backend_line(backend)));
    EXPECT_THAT(run_statistics_text(run), HasSubstr("\n" + backend_line(backend)));
    EXPECT_EQ(nlohmann::json::parse(statistics_json(scan))["backend"], backend_json(backend));
    EXPECT_EQ(nlohmann::json::parse(run_summary_json(run, {}))["backend"], backend_json(backend));
  }
}

TEST(StatisticsText, CountsThreadsAndTime) {
  SessionStatistics session;
  session.rings = 2;
  session.slots_per_ring = 6;
  session.slot_bytes = 524288;
  session.workers = 3;
  session.huge_page_bytes = 4u << 20;
  session.feed_nanoseconds = 1'500'000'000;
  session.consumer_nanoseconds = 2'000'000;
  session.program_nanoseconds = 61'000'000'000;
  EXPECT_EQ(threads_line(session),
            "threads     2 rings of 6 slots of 524 kB, 3 workers; 4.19 MB in huge pages\n");
  EXPECT_EQ(time_lines(session, "print"),
            "time        per ring thread, summed: feed 1.500 s, ingest 0.000 s, print 0.002 s, "
            "wait 0.000 s\n            per slot, summed: program 61.000 s\n");
}

TEST(ByteText, HasThreeDigits) {
  const std::pair<double, const char*> cases[] = {
      {0, "0 B"},         {999, "999 B"},    {999.6, "1.00 kB"},
      {9994, "9.99 kB"},  {9996, "10.0 kB"}, {99960, "100 kB"},
      {1.5e9, "1.50 GB"}, {2e15, "2.00 PB"}, {3e18, "3000 PB"},
  };
  for (const auto& [bytes, text] : cases) EXPECT_EQ(byte_text(bytes), text) << bytes;
  EXPECT_EQ(byte_text(std::uint64_t{1500}), "1.50 kB");
  EXPECT_EQ(rate_text(3e9, 2), "1.50 GB/s");
  EXPECT_EQ(rate_text(3e9, 0), "0 B/s");
}

}  // namespace
}  // namespace vyre::cli
