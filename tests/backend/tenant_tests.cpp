#include <numeric>

#include "tests/backend/machine_test.hpp"
#include "tests/backend/text_buffer.hpp"
#include "vyre/program_builder.hpp"

namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::Opcode;
using wire::SlotStatus;

class Tenants : public MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    make({.queues = 2, .queue_capacity = 64, .window_words = 64, .quota_period = {}});
  }
  void make(const MegakernelOptions& options) {
    // A device runs one at a time.
    kernel_.reset();
    kernel_ = Megakernel::create(make_test_backend(2), options).value();
    ASSERT_TRUE(kernel_->launch());
  }
  u32 add(const TenantQuota& quota = {}) {
    const u32 tenant = kernel_->register_tenant(quota).value();
    EXPECT_TRUE(kernel_->authorise(tenant));
    return tenant;
  }
  std::vector<u32> publish_nops(u32 tenant, u32 count) {
    std::vector<u32> positions;
    for (u32 i = 0; i < count; ++i) {
      positions.push_back(kernel_->queue(0).publish(item(Opcode::kNop, tenant)).value());
    }
    return positions;
  }
  u32 finished(const std::vector<u32>& positions) {
    return static_cast<u32>(std::count_if(positions.begin(), positions.end(), [this](u32 position) {
      return kernel_->queue(0).finished(position);
    }));
  }
  /// Waits until as many are finished, and a while longer, whether there will be more.
  bool stays_at(const std::vector<u32>& positions, u32 count) {
    const auto deadline = std::chrono::steady_clock::now() + patience();
    while (finished(positions) < count) {
      if (std::chrono::steady_clock::now() > deadline) return false;
      std::this_thread::yield();
    }
    // Another tenant's slots run meanwhile, behind all of these.
    for (u32 i = 0; i < 20; ++i) EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kNop), 1)));
    return finished(positions) == count;
  }

  std::unique_ptr<Megakernel> kernel_;
};

TEST_F(Tenants, WhoIsNotRegisteredFaultsWhateverHeAsksFor) {
  const u32 user = wire::kUserOpcodeBase + 5 * wire::kUserOpcodeWindow;
  for (const u32 opcode : {u32{0}, u32{1}, static_cast<u32>(Opcode::kBatchFence), user,
                           static_cast<u32>(Opcode::kPackedSlot)}) {
    WorkItem work;
    work.opcode = opcode;
    work.tenant = 5;
    const wire::WorkSlot slot = run_slot(*kernel_, work);
    EXPECT_EQ(fault_of(slot), FaultCode::kUnknownTenant) << opcode;
    EXPECT_EQ(slot.arguments[wire::kFaultDetailArgument], 5u);
  }
  EXPECT_EQ(kernel_->epoch(), 0u);
  EXPECT_FALSE(kernel_->authorise(5));
  EXPECT_FALSE(kernel_->hold(5));
  EXPECT_FALSE(kernel_->revoke(5));
  EXPECT_FALSE(kernel_->tenant_metrics(5));
}

TEST_F(Tenants, ARegisteredOneIsHeldUntilAuthorised) {
  const u32 tenant = kernel_->register_tenant().value();
  EXPECT_EQ(tenant, 1u);
  const auto positions = publish_nops(tenant, 3);
  EXPECT_TRUE(stays_at(positions, 0));
  ASSERT_TRUE(kernel_->authorise(tenant));
  EXPECT_TRUE(stays_at(positions, 3));
}

TEST_F(Tenants, ARevokedOneLosesItsSlotsProgramsAndWindow) {
  const u32 tenant = add();
  ProgramBuilder builder;
  builder.halt();
  const u32 opcode = kernel_->load(verify(builder.build()).value(), tenant).value();
  const std::vector<u32> words(64, 77);
  ASSERT_TRUE(kernel_->write_window(tenant, 0, words));
  ASSERT_TRUE(kernel_->hold(tenant));
  const auto positions = publish_nops(tenant, 3);
  ASSERT_TRUE(kernel_->revoke(tenant));
  ASSERT_TRUE(stays_at(positions, 3));
  for (const u32 position : positions) {
    EXPECT_EQ(fault_of(kernel_->queue(0).slot(position)), FaultCode::kUnknownTenant);
    kernel_->queue(0).release(position);
  }
  EXPECT_EQ(add(), tenant);
  std::vector<u32> now(64, 1);
  ASSERT_TRUE(kernel_->read_window(tenant, 0, now));
  EXPECT_EQ(now, std::vector<u32>(64));
  WorkItem work;
  work.opcode = opcode;
  work.tenant = tenant;
  EXPECT_EQ(fault_of(run_slot(*kernel_, work)), FaultCode::kUnknownProgram);
  ASSERT_TRUE(kernel_->quiesce());
  const TenantMetrics metrics = kernel_->tenant_metrics(tenant).value();
  EXPECT_EQ(metrics.claimed, 1u);
  EXPECT_EQ(metrics.finished, 1u);
  EXPECT_EQ(metrics.faults, 1u);
}

TEST_F(Tenants, ANumberIsGivenAgainOnlyWhenItsSlotsAreOver) {
  const u32 first = add();
  ASSERT_TRUE(kernel_->quiesce());
  const auto positions = publish_nops(first, 1);
  ASSERT_TRUE(kernel_->revoke(first));
  EXPECT_EQ(add(), first + 1) << "while nobody runs its slot";
  ASSERT_TRUE(kernel_->launch());
  ASSERT_TRUE(stays_at(positions, 1));
  EXPECT_EQ(add(), first);
}

TEST_F(Tenants, ThereAreThirty) {
  for (u32 i = 1; i < wire::kMaxTenants; ++i) EXPECT_EQ(add(), i);
  const auto refused = kernel_->register_tenant();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::kUnavailable);
  ASSERT_TRUE(kernel_->revoke(17));
  EXPECT_EQ(add(), 17u);
}

TEST_F(Tenants, AQuotaOfSlotsIsExactInEachPeriod) {
  const u32 tenant = add({.slots = 5});
  const auto positions = publish_nops(tenant, 17);
  EXPECT_TRUE(stays_at(positions, 5));
  ASSERT_TRUE(kernel_->begin_period());
  EXPECT_TRUE(stays_at(positions, 10));
  // Held, so that nothing is claimed between the two.
  ASSERT_TRUE(kernel_->hold(tenant));
  ASSERT_TRUE(kernel_->begin_period());
  ASSERT_TRUE(kernel_->begin_period());
  ASSERT_TRUE(kernel_->authorise(tenant));
  EXPECT_TRUE(stays_at(positions, 15)) << "what is left of a period is not saved";
  ASSERT_TRUE(kernel_->begin_period());
  EXPECT_TRUE(stays_at(positions, 17));
  ASSERT_TRUE(kernel_->quiesce());
  EXPECT_EQ(kernel_->tenant_metrics(tenant)->finished, 17u);
}

TEST_F(Tenants, FaultsCountAgainstTheQuotaToo) {
  const u32 tenant = add({.slots = 2});
  std::vector<u32> positions;
  for (u32 i = 0; i < 4; ++i) {
    positions.push_back(
        kernel_->queue(0).publish(item(Opcode::kStoreU32, tenant, {1000, 1})).value());
  }
  EXPECT_TRUE(stays_at(positions, 2));
  ASSERT_TRUE(kernel_->quiesce());
  EXPECT_EQ(kernel_->tenant_metrics(tenant)->faults, 2u);
}

/// Uses about `repeats` times 2 fuel a tile.
VerifiedProgram burner(u32 repeats) {
  ProgramBuilder builder;
  builder.repeat(repeats);
  builder.constant(ScalarRegister{0}, 1);
  builder.end();
  builder.halt();
  return verify(builder.build()).value();
}

TEST_F(Tenants, FuelBeyondTheQuotaIsMadeUpForInTheNextPeriods) {
  const u32 tenant = add({.fuel = 10});
  const u32 opcode = kernel_->load(burner(9000), tenant).value();
  const TextBuffer text(*kernel_, std::string(100, 'x'));
  const Region region = kernel_->add_region(text.bytes(), 8, 0).value();
  std::vector<u32> positions;
  for (u32 i = 0; i < 2; ++i) {
    const WorkItem work = chunk_item(opcode, region, text.size(), i, tenant);
    positions.push_back(kernel_->queue(0).publish(work).value());
    ASSERT_TRUE(i != 0 || wait_finished(kernel_->queue(0), positions[0]));
  }
  const u32 units = kernel_->tenant_metrics(tenant)->fuel;
  EXPECT_EQ(units, (region.outcome(0).fuel + wire::kFuelUnit - 1) / wire::kFuelUnit);
  ASSERT_GT(units, 10u);
  ASSERT_LT(units, 20u);
  EXPECT_TRUE(stays_at(positions, 1));
  ASSERT_TRUE(kernel_->begin_period());
  EXPECT_TRUE(stays_at(positions, 2)) << "20 units are allowed, fewer used";
}

TEST_F(Tenants, ATimerBeginsPeriods) {
  make({.queue_capacity = 64, .quota_period = std::chrono::milliseconds(2)});
  const u32 tenant = add({.slots = 4});
  for (const u32 position : publish_nops(tenant, 20)) {
    EXPECT_TRUE(wait_finished(kernel_->queue(0), position));
  }
}

TEST_F(Tenants, EpochsAndMetricsAreTheTenantsOwn) {
  const u32 first = add();
  const u32 second = add();
  for (const u32 tenant : {first, second, first}) {
    EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kBatchFence, tenant))));
  }
  EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kNop, second))));
  ASSERT_TRUE(kernel_->quiesce());
  EXPECT_EQ(kernel_->tenant_metrics(first)->epoch, 2u);
  EXPECT_EQ(kernel_->tenant_metrics(second)->epoch, 1u);
  EXPECT_EQ(kernel_->tenant_metrics(second)->finished, 2u);
  EXPECT_EQ(kernel_->tenant_metrics(0)->finished, 0u);
  EXPECT_EQ(kernel_->epoch(), 3u);
}

TEST_F(Tenants, WindowsEndWhereTheNeighboursBegin) {
  const u32 first = add();
  const u32 second = add();
  for (const u32 tenant : {first, second}) {
    EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kStoreU32, tenant, {0, tenant}))));
    EXPECT_TRUE(is_done(run_slot(*kernel_, item(Opcode::kStoreU32, tenant, {63, tenant}))));
    for (const u32 index : {64u, 127u, 0xFFFFFFFFu, 0x80000000u}) {
      EXPECT_EQ(fault_of(run_slot(*kernel_, item(Opcode::kStoreU32, tenant, {index, 9}))),
                FaultCode::kIndexOutOfRange);
      EXPECT_EQ(fault_of(run_slot(*kernel_, item(Opcode::kMemcpy, tenant, {60, index, 5}))),
                FaultCode::kIndexOutOfRange);
    }
  }
  std::vector<u32> words(64);
  for (const u32 tenant : {0u, first, second}) {
    ASSERT_TRUE(kernel_->read_window(tenant, 0, words));
    EXPECT_EQ(words[0], tenant);
    EXPECT_EQ(words[63], tenant);
    EXPECT_EQ(std::accumulate(words.begin(), words.end(), 0u), 2 * tenant);
  }
}

// The host's queue refuses another's opcode; a ring that was written past it faults.
TEST_F(Tenants, AnothersProgramsCannotBeNamed) {
  const u32 first = add();
  const u32 second = add();
  const u32 opcode = kernel_->load(burner(1), first).value();
  WorkItem work;
  work.opcode = opcode;
  work.tenant = second;
  EXPECT_FALSE(kernel_->queue(0).publish(work));
  ASSERT_TRUE(kernel_->quiesce());
  const u32 position = kernel_->queue(0).publish(item(Opcode::kNop, second)).value();
  const_cast<wire::WorkSlot&>(kernel_->queue(0).slot(position)).opcode = opcode;
  ASSERT_TRUE(kernel_->launch());
  ASSERT_TRUE(wait_finished(kernel_->queue(0), position));
  EXPECT_EQ(fault_of(kernel_->queue(0).slot(position)), FaultCode::kUnknownProgram);
}

}  // namespace
}  // namespace vyre::backend
