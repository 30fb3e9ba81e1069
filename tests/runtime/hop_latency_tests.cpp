#include <gtest/gtest.h>

#include <chrono>
#include <fstream>
#include <nlohmann/json.hpp>

#include "tests/runtime/program_harness.hpp"
#include "vyre/session.hpp"

namespace vyre {
namespace {

const std::string kCount = ".result lines sum\n count.byte s0, '\\n'\n result s0, lines\n halt\n";

class HopLatencyTest : public backend::MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    for (int i = 0; i < 30; ++i) {
      files_.push_back(tree_.add("file" + std::to_string(i), std::string(400'000, '\n')));
    }
    options_.rings = 2;
    options_.workers = 2;
    options_.slot_bytes = 128 * 1024 + 8192;
  }

  SessionStatistics run(const SessionOptions& options, const std::string& text = kCount) {
    Session session = test::open_session(options);
    test::run_program(session, test::program_of(text), files_);
    EXPECT_TRUE(session.trace_status().has_value());
    return session.statistics();
  }

  test::TemporaryTree tree_;
  std::vector<FileSource> files_;
  SessionOptions options_;
};

TEST_F(HopLatencyTest, CountsEachHopOfEachSlot) {
  const auto begun = std::chrono::steady_clock::now();
  const SessionStatistics statistics = run(options_);
  const std::chrono::nanoseconds whole = std::chrono::steady_clock::now() - begun;
  ASSERT_GE(statistics.chunks, 30u);
  for (std::size_t hop = 0; hop < kHops; ++hop) {
    const LatencyHistogram& histogram = statistics.latency[hop];
    EXPECT_EQ(histogram.count(), statistics.chunks) << to_string(static_cast<Hop>(hop));
    EXPECT_LE(histogram.max(), static_cast<std::uint64_t>(whole.count()));
  }
  const auto median = [&](Hop hop) {
    return statistics.latency[static_cast<std::size_t>(hop)].quantile(0.5);
  };
  EXPECT_GT(median(Hop::kRead), 0u);
  EXPECT_GT(median(Hop::kRun), 0u) << "the workers' clock is read";
  EXPECT_GT(median(Hop::kClaim), 0u);
}

TEST_F(HopLatencyTest, CountsNothingWhereNobodyAsks) {
  options_.latency = false;
  const SessionStatistics statistics = run(options_);
  EXPECT_GE(statistics.chunks, 30u);
  for (const LatencyHistogram& histogram : statistics.latency) EXPECT_EQ(histogram.count(), 0u);
}

// A program that works longer is seen to run longer, by about as much.
TEST_F(HopLatencyTest, TellsTheRunFromTheWaits) {
  files_.resize(1);
  options_.rings = options_.workers = 1;
  const SessionStatistics quick = run(options_, "halt\n");
  const SessionStatistics slow =
      run(options_, " s.const s0, 0\n repeat 60000\n s.addi s0, s0, 1\n end\n halt\n");
  const auto run_time = [](const SessionStatistics& statistics) {
    return statistics.latency[static_cast<std::size_t>(Hop::kRun)].quantile(0.5);
  };
  EXPECT_GT(run_time(slow), 10 * run_time(quick));
}

TEST_F(HopLatencyTest, WritesTheSameToATrace) {
  options_.trace = tree_.path("trace.json");
  const SessionStatistics statistics = run(options_);
  const auto trace = nlohmann::json::parse(std::ifstream(options_.trace), nullptr, false);
  ASSERT_TRUE(trace.is_object());
  std::map<std::string, std::uint64_t> begun;
  for (const auto& event : trace.at("traceEvents")) {
    if (event.at("ph") == "b") ++begun[event.at("cat")];
  }
  ASSERT_EQ(begun.size(), kHops);
  for (const auto& [hop, count] : begun) EXPECT_EQ(count, statistics.chunks) << hop;
}

}  // namespace
}  // namespace vyre
