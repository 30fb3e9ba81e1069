#include <map>
#include <memory>
#include <string>
#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_text.hpp"

// Slots that the host takes back: queued, in the middle of a long program, finished.
namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::SlotStatus;

constexpr u32 kLongTiles = 200;

/// Counts a byte; long where the tile begins with an 'L'. A carry keeps its tiles in order, so that
/// one worker has them all.
VerifiedProgram counter() {
  return verify(assemble(".result n sum\n.carry 1\n s.const s1, 0\n v.block.u8 v0, s1\n"
                         " v.extract s2, v0, s1\n s.eqi s2, s2, 'L'\n s.muli s2, s2, 60000\n"
                         " repeat.scalar s2, 60000\n s.addi s1, s1, 1\n s.addi s1, s1, 1\n"
                         " s.addi s1, s1, 1\n end\n"
                         " count.byte s0, 'a'\n result s0, n\n halt\n")
                    .value())
      .value();
}

class Cancellation : public MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    kernel_ = make_machine(2, {.queue_capacity = 4});
    std::string text(kLongTiles * kTileBytes, 'a');
    for (std::size_t tile = 0; tile < kLongTiles; ++tile) text[tile * kTileBytes] = 'L';
    text += std::string(kTileBytes, 'a');
    text_ = std::make_unique<TextBuffer>(*kernel_, text);
    region_ = kernel_->add_region(text_->bytes(), 4, 0).value();
    for (const u32 tenant : {0u, 5u}) opcodes_[tenant] = kernel_->load(counter(), tenant).value();
    show_memory_to_tools(*kernel_);
  }
  [[nodiscard]] WorkItem long_item(u32 outcome) const {
    return chunk_item(opcodes_.at(0), region_, kLongTiles * kTileBytes, outcome);
  }
  [[nodiscard]] WorkItem short_item(u32 outcome, u32 tenant = 0) const {
    WorkItem work = chunk_item(opcodes_.at(tenant), region_, kTileBytes, outcome, tenant);
    work.arguments[wire::chunk_argument::kDataOffsetLow] = kLongTiles * kTileBytes;
    return work;
  }
  [[nodiscard]] WorkQueue& queue() const { return kernel_->queue(0); }
  u32 publish(const WorkItem& work) { return queue().publish(work).value(); }
  void wait_until_running(u32 position) {
    while (queue().status(position) == SlotStatus::kPublished) std::this_thread::yield();
  }
  FaultCode end_of(u32 position) {
    EXPECT_TRUE(wait_finished(queue(), position));
    wire::WorkSlot slot = queue().slot(position);
    slot.status = static_cast<u32>(queue().status(position));
    return fault_of(slot);
  }

  std::unique_ptr<Megakernel> kernel_;
  std::unique_ptr<TextBuffer> text_;
  Region region_;
  std::map<u32, u32> opcodes_;
};

TEST_F(Cancellation, EndsALongProgramAtItsNextTile) {
  for (const FaultCode reason : {FaultCode::kCancelled, FaultCode::kDeadlineExceeded}) {
    const u32 position = publish(long_item(0));
    wait_until_running(position);
    ASSERT_TRUE(queue().cancel(position, reason));
    EXPECT_EQ(end_of(position), reason);
    EXPECT_LT(region_.outcome(0).tiles, kLongTiles);
    EXPECT_EQ(region_.outcome(0).fault_code, static_cast<u32>(reason));
    EXPECT_EQ(region_.outcome(0).record_count, 0u);
    queue().release(position);
    // The slot's next user is another, and so is the one beside it.
    for (u32 i = 0; i < 2 * queue().capacity(); ++i) {
      const u32 next = publish(short_item(1));
      EXPECT_EQ(end_of(next), FaultCode::kNone);
      EXPECT_EQ(region_.results(1)[0], kTileBytes);
      queue().release(next);
    }
  }
}

TEST_F(Cancellation, KeepsAQueuedSlotFromRunning) {
  ASSERT_TRUE(kernel_->quiesce());
  const u32 dropped = publish(long_item(0));
  const u32 kept = publish(short_item(1));
  ASSERT_TRUE(queue().cancel(dropped, FaultCode::kCancelled));
  ASSERT_TRUE(kernel_->launch());
  EXPECT_EQ(end_of(dropped), FaultCode::kCancelled);
  EXPECT_EQ(end_of(kept), FaultCode::kNone);
}

TEST_F(Cancellation, IsRememberedUntilATenantIsNotHeldBack) {
  ASSERT_TRUE(kernel_->hold(5));
  const u32 dropped = publish(short_item(0, 5));
  const u32 held = publish(short_item(1, 5));
  ASSERT_TRUE(queue().cancel(dropped, FaultCode::kCancelled));
  EXPECT_EQ(queue().status(dropped), SlotStatus::kPublished);
  ASSERT_TRUE(kernel_->authorise(5));
  EXPECT_EQ(end_of(dropped), FaultCode::kCancelled);
  EXPECT_EQ(end_of(held), FaultCode::kNone);
}

TEST_F(Cancellation, ComesTooLateForAFinishedSlot) {
  const u32 position = publish(short_item(0));
  ASSERT_TRUE(wait_finished(queue(), position));
  ASSERT_TRUE(queue().cancel(position, FaultCode::kCancelled));
  EXPECT_EQ(end_of(position), FaultCode::kNone);
  EXPECT_EQ(region_.results(0)[0], kTileBytes);
  EXPECT_EQ(queue().release_finished(position, 1), 1u);
  for (u32 i = 0; i < queue().capacity(); ++i) {
    const u32 next = publish(short_item(0));
    EXPECT_EQ(end_of(next), FaultCode::kNone);
    queue().release(next);
  }
}

// Cancelled at any moment, a slot either has its outcome or says that it was cancelled.
TEST_F(Cancellation, RacesWithTheEndOfTheSlot) {
  u32 cancelled = 0;
  for (u32 round = 0; round < 500; ++round) {
    const u32 position = publish(short_item(0));
    for (u32 i = 0; i < round % 50; ++i) std::this_thread::yield();
    ASSERT_TRUE(queue().cancel(position, FaultCode::kCancelled));
    const FaultCode code = end_of(position);
    if (code == FaultCode::kNone) {
      ASSERT_EQ(region_.results(0)[0], kTileBytes);
    } else {
      ASSERT_EQ(code, FaultCode::kCancelled);
      ++cancelled;
    }
    queue().release(position);
  }
  RecordProperty("cancelled", static_cast<int>(cancelled));
}

}  // namespace
}  // namespace vyre::backend
