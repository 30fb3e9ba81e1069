#include <gtest/gtest.h>

#include <thread>

#include "backend/cpu/cpu_platform.hpp"
#include "base/clock.hpp"

namespace vyre::backend {
namespace {

/// Steps of a worker that looks at the clock for each run.
class RunTimes : public ::testing::Test {
 protected:
  RunTimes() { queue_.wake = &wake_; }
  u64 begin() {
    platform_.begin_slot({0, 0});
    return platform_.begin_time();
  }
  u64 end() {
    platform_.end_slot();
    return platform_.end_time();
  }
  /// A slot that is complete: that of the run that has ended, or another.
  void complete() { platform_.completed(queue_); }
  /// So long that no time of the clock is read twice.
  static void pass_time() { std::this_thread::sleep_for(std::chrono::microseconds(50)); }

  Doorbell doorbell_;
  kernel::WakeWord wake_{};
  kernel::QueueView queue_{};
  CpuPlatform platform_{doorbell_};
};

TEST_F(RunTimes, BeginWhenTheLastRunEndedWhereTheyFollowIt) {
  const u64 before = base::steady_nanoseconds();
  EXPECT_GE(begin(), before);
  const u64 ended = end();
  complete();
  pass_time();
  EXPECT_EQ(begin(), ended);
  pass_time();
  EXPECT_GT(end(), ended);
}

TEST_F(RunTimes, BeginAnewAfterAnotherSlot) {
  begin();
  const u64 ended = end();
  complete();
  complete();
  pass_time();
  EXPECT_GT(begin(), ended);
}

// A run that parks has no end, and one that goes on does not ask when it began.
TEST_F(RunTimes, BeginAnewAfterARunThatHasNotEnded) {
  begin();
  const u64 ended = end();
  complete();
  EXPECT_EQ(begin(), ended);
  platform_.end_slot();
  pass_time();
  EXPECT_GT(begin(), ended);
}

}  // namespace
}  // namespace vyre::backend
