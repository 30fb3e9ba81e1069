#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <thread>

#include "backend/cpu/cpu_backend.hpp"
#include "runtime/io_loop.hpp"
#include "tests/backend/machine.hpp"
#include "tests/ingest/fault_ring.hpp"
#include "tests/ingest/temporary_tree.hpp"
#include "uring/io_uring.hpp"

// The host's side of loads, on a ring whose completions the test tampers with.
namespace vyre::runtime {
namespace {

using test::Fault;
using wire::IoStatus;

constexpr u32 kInbox = 4096;

class IoLoopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (u32 i = 0; i < 100'000; ++i) bytes_.push_back(static_cast<char>(i * i / 7));
    tree_.add("resource", bytes_);
    ASSERT_EQ(resources_.add(0, tree_.path("resource")).value(), 0u);
    inner_ = uring::IoUring::create({.entries = 128, .file_slots = 0}).value();
    ring_ = std::make_unique<test::FaultRing>(*inner_);
    kernel_ = backend::make_machine(2, {.queue_capacity = 512}, false);
    region_ = kernel_->add_region({}, 512, 0, 0, kInbox).value();
    kernel_->io_queue().begin_service();
    loop_ = std::make_unique<IoLoop>(*kernel_, *ring_, resources_, cancelled_, counters_);
    ASSERT_TRUE(kernel_->launch());
  }
  void TearDown() override {
    ASSERT_TRUE(kernel_->quiesce());
    ASSERT_TRUE(loop_->finish());
    kernel_->io_queue().end_service();
  }

  u32 publish(u32 outcome, u64 offset, u32 bytes, u32 resource = 0) {
    namespace argument = wire::load_miss_argument;
    backend::WorkItem work = backend::item(wire::Opcode::kLoadMiss);
    work.arguments[argument::kResource] = resource;
    work.arguments[argument::kOffsetLow] = static_cast<u32>(offset);
    work.arguments[argument::kBytes] = bytes;
    work.arguments[argument::kOutcome] = outcome;
    work.arguments[argument::kRegion] = region_.id();
    return kernel_->queue(0).publish(work).value();
  }
  bool step_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + backend::patience();
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline || !loop_->step()) return false;
    }
    return true;
  }
  /// Serves until the slot is over; the status that it got.
  u32 status_of(u32 position) {
    backend::WorkQueue& queue = kernel_->queue(0);
    EXPECT_TRUE(step_until([&] { return queue.finished(position); }));
    EXPECT_EQ(queue.status(position), wire::SlotStatus::kDone);
    const u32 status = queue.slot(position).arguments[wire::load_miss_argument::kStatus];
    queue.release(position);
    return status;
  }
  std::string inbox(u32 outcome, u32 bytes) const {
    return {reinterpret_cast<const char*>(region_.inbox(outcome).data()), bytes};
  }
  /// The next submissions have these results instead of theirs.
  void answer(std::vector<int> results) {
    auto left = std::make_shared<std::vector<int>>(std::move(results));
    ring_->fault = [left](const uring::Submission&) {
      if (left->empty()) return Fault{};
      Fault fault;
      fault.result = left->front();
      left->erase(left->begin());
      return fault;
    };
  }

  const test::TemporaryTree tree_;
  std::string bytes_;
  IoResources resources_;
  std::atomic<bool> cancelled_{false};
  IoCounters counters_;
  std::unique_ptr<uring::IoUring> inner_;
  std::unique_ptr<test::FaultRing> ring_;
  std::unique_ptr<backend::Megakernel> kernel_;
  backend::Region region_;
  std::unique_ptr<IoLoop> loop_;
};

TEST_F(IoLoopTest, ManyReadsShortAndInAnyOrderBringTheirBytes) {
  ring_->shuffle(7);
  std::mt19937 random(3);
  ring_->fault = [&random](const uring::Submission& read) {
    Fault fault;
    fault.shorten = 1 + static_cast<u32>(random() % read.length);
    return fault;
  };
  std::vector<u32> positions;
  for (u32 i = 0; i < 300; ++i) positions.push_back(publish(i, i * 300, 1 + i * 13));
  for (u32 i = 0; i < 300; ++i) {
    EXPECT_EQ(status_of(positions[i]), 0u);
    EXPECT_EQ(inbox(i, 1 + i * 13), bytes_.substr(i * 300, 1 + i * 13)) << i;
  }
  EXPECT_EQ(counters_.loads, 300u);
  EXPECT_EQ(counters_.failed, 0u);
  EXPECT_EQ(counters_.bytes, 300u + 13 * 300 * 299 / 2);
}

TEST_F(IoLoopTest, AnErrorOfTheReadIsTheStatus) {
  for (const int error : {EIO, ENOMEM, EBADF}) {
    answer({-error});
    EXPECT_EQ(status_of(publish(0, 0, 10)), wire::failed_io(static_cast<u32>(error)));
  }
  EXPECT_EQ(counters_.failed, 3u);
}

TEST_F(IoLoopTest, ErrorsThatPassAreTriedAgain) {
  answer({-EINTR, -EAGAIN, -EAGAIN, -EINTR});
  EXPECT_EQ(status_of(publish(3, 5, 100)), 0u);
  EXPECT_EQ(inbox(3, 100), bytes_.substr(5, 100));
}

TEST_F(IoLoopTest, AFileThatHasBecomeShorterIsOutOfRange) {
  ASSERT_EQ(::truncate(tree_.path("resource").c_str(), 50), 0);
  EXPECT_EQ(status_of(publish(0, 40, 10)), 0u);
  EXPECT_EQ(status_of(publish(0, 40, 11)), static_cast<u32>(IoStatus::kOutOfRange));
  EXPECT_EQ(status_of(publish(0, 60, 1)), static_cast<u32>(IoStatus::kOutOfRange));
}

TEST_F(IoLoopTest, CancellationEndsWhatIsUnderWayAndWhatComes) {
  ring_->fault = [](const uring::Submission&) {
    Fault fault;
    fault.hold = true;
    return fault;
  };
  std::vector<u32> positions;
  for (u32 i = 0; i < 100; ++i) positions.push_back(publish(i, 0, 100));
  ASSERT_TRUE(step_until([this] { return counters_.loads == wire::kIoSlots; }));
  ASSERT_TRUE(loop_->step());
  cancelled_ = true;
  // A read that is done before it can be cancelled is done.
  u32 cancelled = 0;
  for (const u32 position : positions) {
    const u32 status = status_of(position);
    EXPECT_TRUE(status == 0 || status == static_cast<u32>(IoStatus::kCancelled)) << status;
    cancelled += status != 0 ? 1 : 0;
  }
  EXPECT_GE(cancelled, 100 - wire::kIoSlots);
  EXPECT_EQ(ring_->cancels, 1u);
  ring_->fault = [](const uring::Submission&) { return Fault{}; };
  cancelled_ = false;
  EXPECT_EQ(status_of(publish(0, 1, 2)), 0u);
  EXPECT_EQ(inbox(0, 2), bytes_.substr(1, 2));
}

TEST_F(IoLoopTest, ARegionStaysUntilItsReadIsOver) {
  ring_->hold_until_cancelled = true;
  publish(7, 0, 1000);
  ASSERT_TRUE(step_until([this] { return counters_.loads == 1; }));
  ASSERT_TRUE(loop_->step());
  std::atomic<bool> gone{false};
  std::thread remover([&] {
    region_ = {};
    gone = true;
  });
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(loop_->step());
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  EXPECT_FALSE(gone);
  ring_->hold_until_cancelled = false;
  EXPECT_TRUE(step_until([&] { return gone.load(); }));
  remover.join();
  backend::WorkQueue& queue = kernel_->queue(0);
  EXPECT_TRUE(step_until([&] { return queue.finished(0); }));
}

TEST_F(IoLoopTest, WhatNoRingCanBringEndsWithTheRingsError) {
  const u32 first = publish(0, 0, 10);
  backend::WorkQueue& queue = kernel_->queue(0);
  const auto deadline = std::chrono::steady_clock::now() + backend::patience();
  while (!queue.finished(first) && std::chrono::steady_clock::now() < deadline) {
    loop_->give_up(wire::failed_io(ENXIO));
  }
  EXPECT_EQ(status_of(first), wire::failed_io(ENXIO));
}

TEST_F(IoLoopTest, ResourcesAreFilesAndBlockDevices) {
  EXPECT_EQ(resources_.add(0, tree_.path("missing")).error().code, ErrorCode::kSyscall);
  EXPECT_EQ(resources_.add(0, "/tmp").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(resources_.add(0, "/dev/null").error().code, ErrorCode::kInvalidArgument);
  EXPECT_EQ(resources_.add(wire::kMaxTenants, tree_.path("resource")).error().code,
            ErrorCode::kInvalidArgument);
  EXPECT_EQ(resources_.add(0, tree_.path("resource")).value(), 1u);
  EXPECT_EQ(resources_.add(3, tree_.path("resource")).value(), 0u);
  EXPECT_EQ(resources_.find(0, 1)->bytes, bytes_.size());
  EXPECT_FALSE(resources_.find(0, 2));
  EXPECT_FALSE(resources_.find(1, 0));
  EXPECT_FALSE(resources_.find(99, 0));
}

}  // namespace
}  // namespace vyre::runtime
