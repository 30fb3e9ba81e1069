#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

#include "tests/backend/load_server.hpp"
#include "tests/backend/machine_test.hpp"
#include "vyre/program_text.hpp"
#include "wire/io_slot.hpp"

// Slots that wait for bytes: nobody waits with them, and nothing of them is lost.
namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::IoStatus;
using wire::Opcode;
using wire::SlotStatus;

/// Chunks that a device has under way at most; the other slots stay in their queues.
constexpr u32 kMostParkedOnADevice = 8192;

/// Asks for a byte of resource 0 twice, at the file's offset and behind it; the sum of both, and of
/// 1000 times the statuses.
VerifiedProgram two_bytes() {
  const auto program = assemble(R"(
    .io 16
    .result sum sum
    s.input s1, offset
    s.const s2, 0
    s.const s3, 1
    repeat 2
      io.load s0, s2, s1, s3
      s.muli s4, s0, 1000
      result s4, sum
      break s0
      s.inbox.u8 s4, s2
      result s4, sum
      s.addi s1, s1, 1
    end
    halt
  )");
  return verify(program.value()).value();
}

class Parked : public MachineTest {
 protected:
  /// A kernel that does not run yet.
  void make(u32 workers, const MegakernelOptions& options) {
    kernel_ = make_machine(workers, options, false);
    server_ = std::make_unique<LoadServer>(*kernel_, LoadServer::Resources{{0, {bytes_}}});
    server_->hold();
  }
  /// Outcomes for programs over no bytes at all.
  Region outcomes(u32 count) { return kernel_->add_region({}, count, 0, 0, 16).value(); }

  u32 publish(u32 queue, u32 opcode, const Region& region, u32 outcome) {
    WorkItem work = chunk_item(opcode, region, 0, outcome);
    work.arguments[wire::chunk_argument::kFileOffsetLow] = outcome;
    return kernel_->queue(queue).publish(work).value();
  }
  [[nodiscard]] u64 expected(u32 outcome) const {
    return u64{static_cast<u8>(bytes_[outcome])} + static_cast<u8>(bytes_[outcome + 1]);
  }
  /// False where they are not in time.
  static bool wait_until(const std::function<bool()>& holds) {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (!holds()) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::sleep_for(std::chrono::microseconds(200));
    }
    return true;
  }
  bool wait_parked(u32 queue, u32 position) {
    return wait_until(
        [&] { return kernel_->queue(queue).status(position) == SlotStatus::kWaitIo; });
  }

  const std::string bytes_ = [] {
    std::string bytes;
    for (u32 i = 0; i < 20000; ++i) bytes.push_back(static_cast<char>(i * i / 3));
    return bytes;
  }();
  std::unique_ptr<Megakernel> kernel_;
  std::unique_ptr<LoadServer> server_;
};

TEST_F(Parked, WorkersDoOtherThingsMeanwhile) {
  make(1, {.queue_capacity = 16});
  const Region region = outcomes(8);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  WorkQueue& queue = kernel_->queue(0);
  for (u32 i = 0; i < 8; ++i) publish(0, opcode, region, i);
  for (u32 i = 0; i < 8; ++i) ASSERT_TRUE(wait_parked(0, i));
  EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kNop))));
  const u32 fence = queue.publish(item(Opcode::kBatchFence)).value();
  EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kNop))));
  EXPECT_FALSE(queue.finished(fence));
  server_->let_go();
  EXPECT_TRUE(wait_finished(queue, fence));
  for (u32 i = 0; i < 8; ++i) {
    EXPECT_EQ(queue.status(i), SlotStatus::kDone);
    EXPECT_EQ(region.results(i)[0], expected(i)) << i;
  }
  EXPECT_EQ(kernel_->epoch(), 1u);
}

/// More than there are io slots, and than a device has room for.
TEST_F(Parked, TenThousandSlotsAndSixtyFourWorkers) {
  constexpr u32 kSlots = 10000;
  constexpr u32 kQueues = 4;
  constexpr u32 kEach = kSlots / kQueues;
  make(64, {.queues = kQueues, .queue_capacity = 4096});
  const Region region = outcomes(kSlots);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  for (u32 i = 0; i < kSlots; ++i) publish(i % kQueues, opcode, region, i);
  const auto parked = [&] {
    u32 count = 0;
    for (u32 i = 0; i < kSlots; ++i) {
      count += kernel_->queue(i % kQueues).status(i / kQueues) == SlotStatus::kWaitIo ? 1 : 0;
    }
    return count;
  };
  const u32 room = kernel_->backend().splits_chunks() ? kMostParkedOnADevice : kSlots;
  EXPECT_TRUE(wait_until([&] { return parked() == room; })) << parked();
  EXPECT_EQ(kernel_->done_count(), 0u);
  server_->let_go();
  for (u32 i = 0; i < kSlots; ++i) {
    ASSERT_TRUE(wait_finished(kernel_->queue(i % kQueues), i / kQueues)) << i;
  }
  for (u32 i = 0; i < kSlots; ++i) ASSERT_EQ(region.results(i)[0], expected(i)) << i;
  EXPECT_EQ(server_->served(), 2 * kSlots);
  EXPECT_EQ(kernel_->queue(0).next_position(), kEach);
}

TEST_F(Parked, QuiesceLeavesThemAndTheNextLaunchGoesOn) {
  make(2, {.queues = 2, .queue_capacity = 128});
  const Region region = outcomes(200);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  for (u32 i = 0; i < 200; ++i) publish(i % 2, opcode, region, i);
  for (u32 i = 0; i < 200; ++i) ASSERT_TRUE(wait_parked(i % 2, i / 2));
  ASSERT_TRUE(kernel_->quiesce());
  EXPECT_EQ(kernel_->done_count(), 0u);
  // Some are answered while nobody looks, the others go on after it.
  server_->let_go();
  ASSERT_TRUE(wait_until([&] { return server_->served() == wire::kIoSlots; }));
  EXPECT_EQ(kernel_->done_count(), 0u);
  for (u32 round = 0; round < 20; ++round) {
    ASSERT_TRUE(kernel_->launch());
    ASSERT_TRUE(kernel_->quiesce());
  }
  ASSERT_TRUE(kernel_->launch());
  for (u32 i = 0; i < 200; ++i) ASSERT_TRUE(wait_finished(kernel_->queue(i % 2), i / 2));
  for (u32 i = 0; i < 200; ++i) EXPECT_EQ(region.results(i)[0], expected(i)) << i;
}

TEST_F(Parked, ADrainWaitsForThem) {
  make(3, {.queue_capacity = 128});
  const Region region = outcomes(100);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  for (u32 i = 0; i < 100; ++i) publish(0, opcode, region, i);
  for (u32 i = 0; i < 100; ++i) ASSERT_TRUE(wait_parked(0, i));
  std::thread later([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    server_->let_go();
  });
  EXPECT_TRUE(kernel_->shutdown());
  later.join();
  EXPECT_EQ(kernel_->done_count(), 100u);
  for (u32 i = 0; i < 100; ++i) EXPECT_EQ(region.results(i)[0], expected(i)) << i;
}

TEST_F(Parked, ARegionThatGoesLeavesThemToAFault) {
  make(2, {.queue_capacity = 128});
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  u32 id = 0;
  {
    const Region region = outcomes(100);
    id = region.id();
    for (u32 i = 0; i < 100; ++i) publish(0, opcode, region, i);
    for (u32 i = 0; i < 100; ++i) ASSERT_TRUE(wait_parked(0, i));
  }
  // Its number is not another's as long as they are parked.
  Region other = outcomes(1);
  EXPECT_NE(other.id(), id);
  server_->let_go();
  for (u32 i = 0; i < 100; ++i) {
    ASSERT_TRUE(wait_finished(kernel_->queue(0), i));
    EXPECT_EQ(kernel_->queue(0).status(i), SlotStatus::kFault);
    EXPECT_EQ(kernel_->queue(0).slot(i).arguments[wire::kFaultCodeArgument],
              static_cast<u32>(FaultCode::kUnknownRegion));
    kernel_->queue(0).release(i);
  }
  other = outcomes(1);
  EXPECT_EQ(other.id(), id);
  publish(0, opcode, other, 0);
  ASSERT_TRUE(wait_finished(kernel_->queue(0), 100));
  EXPECT_EQ(other.results(0)[0], expected(0));
}

TEST_F(Parked, TwoSlotsDoNotShareAnInbox) {
  make(2, {.queue_capacity = 16});
  const Region region = outcomes(2);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  publish(0, opcode, region, 1);
  ASSERT_TRUE(wait_parked(0, 0));
  const auto second = run_slot(*kernel_, chunk_item(opcode, region, 0, 1));
  EXPECT_EQ(fault_of(second), FaultCode::kInboxInUse);
  server_->let_go();
  ASSERT_TRUE(wait_finished(kernel_->queue(0), 0));
  EXPECT_EQ(region.results(1)[0], expected(1));
}

TEST_F(Parked, WithoutAServerEveryLoadIsCancelled) {
  make(2, {.queue_capacity = 128});
  const Region region = outcomes(100);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  for (u32 i = 0; i < 100; ++i) publish(0, opcode, region, i);
  for (u32 i = 0; i < 100; ++i) ASSERT_TRUE(wait_parked(0, i));
  server_.reset();
  ASSERT_TRUE(kernel_->launch());
  const u64 cancelled = 1000 * static_cast<u64>(IoStatus::kCancelled);
  for (u32 i = 0; i < 100; ++i) {
    ASSERT_TRUE(wait_finished(kernel_->queue(0), i));
    EXPECT_EQ(region.results(i)[0], cancelled) << i;
    kernel_->queue(0).release(i);
  }
  publish(0, opcode, region, 5);
  ASSERT_TRUE(wait_finished(kernel_->queue(0), 100));
  EXPECT_EQ(region.results(5)[0], cancelled);
}

/// Every slot is parked again and again while others end, and while the kernel stops.
TEST_F(Parked, ManyAtOnceUnderLaunches) {
  make(8, {.queues = 2, .queue_capacity = 64});
  server_->let_go();
  const Region region = outcomes(128);
  const u32 opcode = kernel_->load(two_bytes(), 0).value();
  ASSERT_TRUE(kernel_->launch());
  for (u32 round = 0; round < 20; ++round) {
    for (u32 i = 0; i < 128; ++i) publish(i % 2, opcode, region, i);
    ASSERT_TRUE(kernel_->quiesce());
    ASSERT_TRUE(kernel_->launch());
    for (u32 i = 0; i < 128; ++i) {
      const u32 position = round * 64 + i / 2;
      ASSERT_TRUE(wait_finished(kernel_->queue(i % 2), position));
      ASSERT_EQ(region.results(i)[0], expected(i)) << i;
      kernel_->queue(i % 2).release(position);
    }
  }
}

}  // namespace
}  // namespace vyre::backend
