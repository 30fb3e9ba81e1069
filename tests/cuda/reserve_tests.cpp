#include <thread>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_builder.hpp"

// The workers that a device keeps for tenants who have little under way.
namespace vyre::backend {
namespace {

constexpr u32 kBytes = 4096;
/// More than any device has workers.
constexpr u32 kMany = 2048;

/// Interpreted for about half a microsecond a pass.
VerifiedProgram passes(u32 hundreds) {
  constexpr ScalarRegister sum{0};
  ProgramBuilder builder;
  builder.constant(sum, 0);
  builder.loop(hundreds, [&] {
    builder.loop(100, [&] { builder.scalar(ScalarImmediateOperation::kAdd, sum, sum, 1); });
  });
  builder.halt();
  return verify(builder.build()).value();
}

class ReserveTest : public MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    kernel_ = Megakernel::create(make_test_backend(0),
                                 {.queues = 2, .queue_capacity = kMany, .tenants = 0})
                  .value();
    text_ = std::make_unique<TextBuffer>(*kernel_, std::string(kBytes, 'a'));
    region_ = kernel_->add_region(text_->bytes(), kMany + 1, 0).value();
    for (u32 tenant : {kBusy, kQuiet}) {
      ASSERT_EQ(kernel_->register_tenant().value(), tenant);
      ASSERT_TRUE(kernel_->authorise(tenant));
      short_[tenant] = kernel_->load(passes(1), tenant).value();
    }
    long_ = kernel_->load(passes(2000), kBusy).value();
    ASSERT_TRUE(kernel_->launch());
  }

  std::vector<u32> publish(u32 opcode) {
    std::vector<u32> positions;
    for (u32 i = 0; i < kMany; ++i) {
      positions.push_back(
          kernel_->queue(0).publish(chunk_item(opcode, region_, kBytes, i, kBusy)).value());
    }
    return positions;
  }
  u32 finished(const std::vector<u32>& positions) {
    u32 count = 0;
    for (const u32 position : positions) count += kernel_->queue(0).finished(position) ? 1 : 0;
    return count;
  }
  void take_back(const std::vector<u32>& positions) {
    for (const u32 position : positions) {
      ASSERT_TRUE(wait_finished(kernel_->queue(0), position));
      kernel_->queue(0).release(position);
    }
  }
  bool run_quiet() {
    return is_done(
        run_slot(*kernel_, chunk_item(short_[kQuiet], region_, kBytes, kMany, kQuiet), 1));
  }

  static constexpr u32 kBusy = 0;
  static constexpr u32 kQuiet = 1;
  std::unique_ptr<Megakernel> kernel_;
  std::unique_ptr<TextBuffer> text_;
  Region region_;
  u32 short_[2] = {};
  u32 long_ = 0;
};

TEST_F(ReserveTest, ServesOneWithLittleUnderWayWhileAllOthersAreBusy) {
  // Its workers have come to it when each has done what it waited for before.
  take_back(publish(short_[kBusy]));
  const std::vector<u32> positions = publish(long_);
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  for (u32 i = 0; i < 20; ++i) EXPECT_TRUE(run_quiet());
  // None of those that began before has ended yet: there was no other worker to be had.
  EXPECT_EQ(finished(positions), 0u);
  take_back(positions);
}

TEST_F(ReserveTest, ServesAllWhereOneTenantIsAloneAndEndsWithTheKernel) {
  for (u32 round = 0; round < 3; ++round) {
    take_back(publish(short_[kBusy]));
    EXPECT_TRUE(run_quiet());
    ASSERT_TRUE(kernel_->hold(kQuiet));
    take_back(publish(short_[kBusy]));
    ASSERT_TRUE(kernel_->authorise(kQuiet));
    EXPECT_TRUE(run_quiet());
    ASSERT_TRUE(kernel_->quiesce());
    ASSERT_TRUE(kernel_->launch());
  }
}

}  // namespace
}  // namespace vyre::backend
