#include "tests/backend/machine_test.hpp"

namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::Opcode;

constexpr u32 kWords = 64;

class Builtins : public MachineTest {
 protected:
  void SetUp() override {
    MachineTest::SetUp();
    if (IsSkipped()) return;
    kernel_ = make_machine(
        2, {.queues = 1, .queue_capacity = 4, .window_words = kWords, .debug_records = 2});
  }
  wire::WorkSlot run(Opcode opcode, std::array<u32, wire::kSlotArguments> arguments = {},
                     u32 tenant = 0) {
    return run_slot(*kernel_, item(opcode, tenant, arguments));
  }
  void store(u32 index, u32 value, u32 tenant = 0) {
    EXPECT_TRUE(is_done(run(Opcode::kStoreU32, {index, value}, tenant)));
  }
  u32 load(u32 index, u32 tenant = 0) {
    const wire::WorkSlot slot = run(Opcode::kLoadU32, {index}, tenant);
    EXPECT_TRUE(is_done(slot));
    return slot.arguments[0];
  }

  std::unique_ptr<Megakernel> kernel_;
};

TEST_F(Builtins, NopIsDone) { EXPECT_TRUE(is_done(run(Opcode::kNop))); }

TEST_F(Builtins, StoreAndLoadReachTheWholeWindow) {
  store(0, 11);
  store(kWords - 1, 22);
  EXPECT_EQ(load(0), 11u);
  EXPECT_EQ(load(kWords - 1), 22u);
  EXPECT_EQ(load(1), 0u);
}

TEST_F(Builtins, ATenantSeesItsOwnWindowOnly) {
  store(3, 1, 0);
  store(3, 2, 1);
  store(3, 3, wire::kMaxTenants - 1);
  EXPECT_EQ(load(3, 0), 1u);
  EXPECT_EQ(load(3, 1), 2u);
  EXPECT_EQ(load(3, wire::kMaxTenants - 1), 3u);
  EXPECT_EQ(load(3, 2), 0u);
}

TEST_F(Builtins, AtomicAddReturnsThePreviousValueAndWraps) {
  store(5, 0xFFFFFFFE);
  EXPECT_EQ(run(Opcode::kAtomicAdd, {5, 3}).arguments[0], 0xFFFFFFFEu);
  EXPECT_EQ(load(5), 1u);
}

TEST_F(Builtins, CompareSwapSwapsOnlyWhatItExpects) {
  store(7, 100);
  EXPECT_EQ(run(Opcode::kCompareSwap, {7, 99, 1}).arguments[0], 100u);
  EXPECT_EQ(load(7), 100u);
  EXPECT_EQ(run(Opcode::kCompareSwap, {7, 100, 1}).arguments[0], 100u);
  EXPECT_EQ(load(7), 1u);
}

TEST_F(Builtins, MemcpyCopiesOverlappingRangesBothWays) {
  for (u32 i = 0; i < 6; ++i) store(i, 10 + i);
  EXPECT_TRUE(is_done(run(Opcode::kMemcpy, {2, 0, 4})));
  const u32 forward[] = {10, 11, 10, 11, 12, 13};
  for (u32 i = 0; i < 6; ++i) EXPECT_EQ(load(i), forward[i]) << i;
  EXPECT_TRUE(is_done(run(Opcode::kMemcpy, {0, 1, 5})));
  const u32 backward[] = {11, 10, 11, 12, 13, 13};
  for (u32 i = 0; i < 6; ++i) EXPECT_EQ(load(i), backward[i]) << i;
  EXPECT_TRUE(is_done(run(Opcode::kMemcpy, {kWords, 0, 0})));
}

TEST_F(Builtins, DfaStepFollowsTheTableInTheWindow) {
  // Word 0 is the state; a table of two states by three symbols begins at word 10.
  const u32 table[] = {1, 0, 0, 0, 1, 0};
  for (u32 i = 0; i < 6; ++i) store(10 + i, table[i]);
  EXPECT_EQ(run(Opcode::kDfaStep, {0, 10, 3, 0}).arguments[0], 1u);
  EXPECT_EQ(run(Opcode::kDfaStep, {0, 10, 3, 1}).arguments[0], 1u);
  EXPECT_EQ(run(Opcode::kDfaStep, {0, 10, 3, 2}).arguments[0], 0u);
  EXPECT_EQ(load(0), 0u);
}

TEST_F(Builtins, PrintfFillsTheLogAndCountsTheRest) {
  for (u32 i = 0; i < 4; ++i) EXPECT_TRUE(is_done(run(Opcode::kPrintf, {i, 1, 2, 3})));
  EXPECT_EQ(kernel_->debug_log(), (std::vector<wire::DebugRecord>{{0, {1, 2, 3}}, {1, {1, 2, 3}}}));
  EXPECT_EQ(kernel_->debug_log_dropped(), 2u);
}

TEST_F(Builtins, PrintfReadsAsLines) {
  const u32 moved = kernel_->register_format("moved {} words to {:x}, {:d} left").value();
  run(Opcode::kPrintf, {moved, 12, 0x40, 0xFFFFFFFF});
  EXPECT_EQ(kernel_->debug_lines(), (std::vector<std::string>{"moved 12 words to 0x40, -1 left"}));
  for (u32 i = 0; i < 2; ++i) run(Opcode::kPrintf, {5, 1, 2, 3});
  EXPECT_EQ(kernel_->debug_lines(),
            (std::vector<std::string>{"moved 12 words to 0x40, -1 left",
                                      "unknown format 0x00000005: 1 2 3",
                                      "1 more were dropped: the log holds 2"}));
}

TEST_F(Builtins, ResultsAreObservableByRingPosition) {
  store(1, 77);
  const u32 position = kernel_->queue(0).next_position();
  EXPECT_EQ(load(1), 77u);
  EXPECT_EQ(kernel_->observable(position), 77u);
}

struct FaultRow {
  const char* name;
  u32 opcode;
  u32 tenant;
  std::array<u32, wire::kSlotArguments> arguments;
  FaultCode code;
  u32 detail;
};

constexpr u32 op(Opcode opcode) { return static_cast<u32>(opcode); }
constexpr u32 kHuge = 0xFFFFFFFF;

const FaultRow kFaultRows[] = {
    {"store past the window",
     op(Opcode::kStoreU32),
     0,
     {kWords, 1},
     FaultCode::kIndexOutOfRange,
     kWords},
    {"store far out", op(Opcode::kStoreU32), 0, {kHuge, 1}, FaultCode::kIndexOutOfRange, kHuge},
    {"load past the window",
     op(Opcode::kLoadU32),
     0,
     {kWords},
     FaultCode::kIndexOutOfRange,
     kWords},
    {"add past the window",
     op(Opcode::kAtomicAdd),
     0,
     {kWords},
     FaultCode::kIndexOutOfRange,
     kWords},
    {"swap past the window",
     op(Opcode::kCompareSwap),
     0,
     {kWords},
     FaultCode::kIndexOutOfRange,
     kWords},
    {"copy to past the window",
     op(Opcode::kMemcpy),
     0,
     {kWords - 1, 0, 2},
     FaultCode::kIndexOutOfRange,
     kWords - 1},
    {"copy from past the window",
     op(Opcode::kMemcpy),
     0,
     {0, kWords - 1, 2},
     FaultCode::kIndexOutOfRange,
     kWords - 1},
    {"copy of everything", op(Opcode::kMemcpy), 0, {0, 0, kHuge}, FaultCode::kIndexOutOfRange, 0},
    {"copy that wraps", op(Opcode::kMemcpy), 0, {kHuge, 0, 2}, FaultCode::kIndexOutOfRange, kHuge},
    {"step of a state outside",
     op(Opcode::kDfaStep),
     0,
     {kWords, 0, 1, 0},
     FaultCode::kIndexOutOfRange,
     kWords},
    {"step by a symbol outside",
     op(Opcode::kDfaStep),
     0,
     {0, 0, 3, 3},
     FaultCode::kIndexOutOfRange,
     3},
    {"step in a table outside",
     op(Opcode::kDfaStep),
     0,
     {0, kHuge, kHuge, 0},
     FaultCode::kIndexOutOfRange,
     0},
    {"load into a region that is not there",
     op(Opcode::kLoadMiss),
     0,
     {0, 0, 0, 0, 0, 0, 0, 0, kHuge},
     FaultCode::kUnknownRegion,
     kHuge},
    {"reserved opcode", 8, 0, {}, FaultCode::kUnknownOpcode, 8},
    {"reserved opcode beside printf", 0xFFFF, 0, {}, FaultCode::kUnknownOpcode, 0xFFFF},
    {"opcode after the tenants' windows", 0x80000000, 0, {}, FaultCode::kUnknownOpcode, 0x80000000},
    {"tenant over the limit",
     op(Opcode::kNop),
     wire::kMaxTenants,
     {},
     FaultCode::kUnknownTenant,
     wire::kMaxTenants},
    {"fence of a tenant over the limit",
     op(Opcode::kBatchFence),
     kHuge,
     {},
     FaultCode::kUnknownTenant,
     kHuge},
    {"program that is not loaded",
     wire::kUserOpcodeBase,
     0,
     {},
     FaultCode::kUnknownProgram,
     wire::kUserOpcodeBase},
    {"program of another tenant",
     wire::kUserOpcodeBase,
     1,
     {},
     FaultCode::kUnknownProgram,
     wire::kUserOpcodeBase},
    {"packed slot of nothing", op(Opcode::kPackedSlot), 0, {0}, FaultCode::kMalformedPackedSlot, 0},
    {"packed slot of too many",
     op(Opcode::kPackedSlot),
     0,
     {12},
     FaultCode::kMalformedPackedSlot,
     12},
    {"packed wrong count",
     op(Opcode::kPackedSlot),
     0,
     {1, wire::packed_header(op(Opcode::kLoadU32), 2), 0, 0},
     FaultCode::kMalformedPackedSlot,
     1},
    {"packed fence",
     op(Opcode::kPackedSlot),
     0,
     {1, wire::packed_header(op(Opcode::kBatchFence), 0)},
     FaultCode::kMalformedPackedSlot,
     1},
    {"packed reserved",
     op(Opcode::kPackedSlot),
     0,
     {1, wire::packed_header(100, 0)},
     FaultCode::kMalformedPackedSlot,
     1},
    {"packed past the slot",
     op(Opcode::kPackedSlot),
     0,
     {4, wire::packed_header(op(Opcode::kMemcpy), 3), 0, 0, 0,
      wire::packed_header(op(Opcode::kMemcpy), 3), 0, 0, 0,
      wire::packed_header(op(Opcode::kLoadU32), 1), 0,
      wire::packed_header(op(Opcode::kLoadU32), 1)},
     FaultCode::kMalformedPackedSlot,
     4},
};

/// Writes a slot as a host without checks would, so that the worker's own are seen.
wire::WorkSlot run_unchecked(Megakernel& kernel, const FaultRow& row) {
  WorkQueue& queue = kernel.queue(0);
  const u32 position = queue.publish(item(Opcode::kNop)).value();
  auto& slot = const_cast<wire::WorkSlot&>(queue.slot(position));
  slot.opcode = row.opcode;
  slot.tenant = row.tenant;
  std::copy(row.arguments.begin(), row.arguments.end(), slot.arguments);
  EXPECT_TRUE(kernel.launch());
  EXPECT_TRUE(wait_finished(queue, position));
  wire::WorkSlot copy = slot;
  queue.release(position);
  EXPECT_TRUE(kernel.quiesce());
  return copy;
}

using Faults = MachineTest;

TEST_F(Faults, EveryCodeWithItsDetail) {
  const auto kernel = make_machine(1, {.window_words = kWords}, false);
  u32 faults = 0;
  for (const FaultRow& row : kFaultRows) {
    SCOPED_TRACE(row.name);
    const wire::WorkSlot slot = run_unchecked(*kernel, row);
    EXPECT_EQ(fault_of(slot), row.code);
    EXPECT_EQ(slot.arguments[wire::kFaultDetailArgument], row.detail);
    EXPECT_EQ(kernel->metrics().faults, ++faults);
  }
  EXPECT_EQ(kernel->done_count(), faults);
}

using Words = std::vector<u32>;

TEST_F(Builtins, PackedOperationsRunInOrder) {
  const Words store{4, 5}, add{4, 6}, load{4}, swap{4, 11, 20}, load_again{4};
  WorkQueue& queue = kernel_->queue(0);
  const PackedOperation operations[] = {{Opcode::kStoreU32, store},
                                        {Opcode::kAtomicAdd, add},
                                        {Opcode::kLoadU32, load},
                                        {Opcode::kNop, {}}};
  const u32 position = queue.publish_packed(0, operations).value();
  ASSERT_TRUE(wait_finished(queue, position));
  ASSERT_EQ(queue.status(position), wire::SlotStatus::kDone);
  // Results replace the first argument of the second and of the third operation.
  EXPECT_EQ(queue.slot(position).arguments[5], 5u);
  EXPECT_EQ(queue.slot(position).arguments[8], 11u);
  queue.release(position);
  EXPECT_EQ(this->load(4), 11u);
  EXPECT_EQ(kernel_->metrics().packed_slots, 1u);
}

TEST_F(Builtins, PackedFaultKeepsWhatRanBefore) {
  const Words store{4, 5}, bad{kWords, 5}, after{6, 1};
  WorkQueue& queue = kernel_->queue(0);
  const PackedOperation operations[] = {
      {Opcode::kStoreU32, store}, {Opcode::kStoreU32, bad}, {Opcode::kStoreU32, after}};
  const u32 position = queue.publish_packed(0, operations).value();
  ASSERT_TRUE(wait_finished(queue, position));
  EXPECT_EQ(fault_of(queue.slot(position)), FaultCode::kIndexOutOfRange);
  queue.release(position);
  EXPECT_EQ(load(4), 5u);
  EXPECT_EQ(load(6), 0u);
}

TEST_F(Builtins, PublishPackedRefusesWhatDoesNotFit) {
  WorkQueue& queue = kernel_->queue(0);
  const Words three{0, 0, 0}, one{0};
  const PackedOperation copy{Opcode::kMemcpy, three};
  EXPECT_TRUE(queue.publish_packed(0, std::vector<PackedOperation>(2, copy)));
  EXPECT_FALSE(queue.publish_packed(0, std::vector<PackedOperation>(3, copy)));
  EXPECT_FALSE(queue.publish_packed(0, {}));
  EXPECT_FALSE(queue.publish_packed(0, std::vector<PackedOperation>{{Opcode::kBatchFence, {}}}));
  EXPECT_FALSE(queue.publish_packed(0, std::vector<PackedOperation>{{Opcode::kMemcpy, one}}));
  EXPECT_FALSE(queue.publish_packed(0, std::vector<PackedOperation>(12, {Opcode::kNop, {}})));
  EXPECT_TRUE(queue.publish_packed(0, std::vector<PackedOperation>(11, {Opcode::kNop, {}})));
}

TEST_F(Builtins, MetricsCountEachOpcode) {
  run(Opcode::kNop);
  run(Opcode::kNop);
  store(0, 1);
  load(0);
  run(Opcode::kBatchFence);
  Metrics metrics = kernel_->metrics();
  EXPECT_EQ(metrics.builtin, (std::array<u32, 8>{2, 1, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(metrics.faults, 0u);
  EXPECT_EQ(kernel_->done_count(), 5u);
  EXPECT_EQ(kernel_->epoch(), 1u);
  // All others; a slot that faults counts as that alone. What a packed slot holds counts too.
  run(Opcode::kAtomicAdd, {0, 1});
  run(Opcode::kCompareSwap, {0, 2, 3});
  run(Opcode::kMemcpy, {8, 0, 4});
  run(Opcode::kDfaStep, {0, 10, 3, 0});
  run(Opcode::kPrintf, {0, 1, 2, 3});
  run(Opcode::kLoadU32, {kWords});
  run(Opcode::kPackedSlot, {1, wire::packed_header(static_cast<u32>(Opcode::kNop), 0)});
  metrics = kernel_->metrics();
  EXPECT_EQ(metrics.builtin, (std::array<u32, 8>{3, 1, 1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(metrics.printf, 1u);
  EXPECT_EQ(metrics.packed_slots, 1u);
  EXPECT_EQ(metrics.programs, 0u);
  EXPECT_EQ(metrics.faults, 1u);
  EXPECT_EQ(kernel_->done_count(), 12u);
}

}  // namespace
}  // namespace vyre::backend
