#include <random>

#include "tests/backend/machine_test.hpp"

// A packed slot does what its operations do in slots of their own, one after the other.
namespace vyre::backend {
namespace {

using wire::FaultCode;
using wire::Opcode;
using Packed = MachineTest;

constexpr u32 kWords = 48;
constexpr u32 kPackedTenant = 3;
constexpr u32 kSingleTenant = 29;

struct Operation {
  Opcode opcode;
  std::vector<u32> arguments;
};

u32 below(std::mt19937& random, u32 limit) { return static_cast<u32>(random() % limit); }

/// Operations that fill one slot, more or less; one in forty reaches outside the window.
std::vector<Operation> random_operations(std::mt19937& random) {
  constexpr Opcode kOpcodes[] = {Opcode::kNop,         Opcode::kStoreU32, Opcode::kAtomicAdd,
                                 Opcode::kLoadU32,     Opcode::kMemcpy,   Opcode::kDfaStep,
                                 Opcode::kCompareSwap, Opcode::kPrintf};
  std::vector<Operation> operations;
  u32 left = wire::kSlotArguments - wire::kPackedFirst;
  const u32 wanted = 1 + below(random, wire::kMaxPackedOperations);
  while (operations.size() < wanted) {
    const Opcode opcode = kOpcodes[random() % std::size(kOpcodes)];
    const u32 count = wire::packable_arguments(static_cast<u32>(opcode));
    if (count + 1 > left) break;
    left -= count + 1;
    Operation operation{opcode, {}};
    for (u32 i = 0; i < count; ++i) operation.arguments.push_back(below(random, 12));
    if (count != 0 && random() % 40 == 0) operation.arguments[0] = kWords + below(random, 3);
    operations.push_back(std::move(operation));
  }
  return operations;
}

struct Answer {
  FaultCode fault = FaultCode::kNone;
  u32 detail = 0;
  /// The first argument of each operation that ran: its result, where it has one.
  std::vector<u32> results;
  friend bool operator==(const Answer&, const Answer&) = default;
};

Answer run_packed(Megakernel& kernel, const std::vector<Operation>& operations) {
  std::vector<PackedOperation> packed;
  for (const Operation& each : operations) packed.push_back({each.opcode, each.arguments});
  WorkQueue& queue = kernel.queue(0);
  const u32 position = queue.publish_packed(kPackedTenant, packed).value();
  EXPECT_TRUE(wait_finished(queue, position));
  Answer answer;
  const wire::WorkSlot& slot = queue.slot(position);
  if (queue.status(position) == wire::SlotStatus::kFault) {
    answer.fault = static_cast<FaultCode>(slot.arguments[wire::kFaultCodeArgument]);
    answer.detail = slot.arguments[wire::kFaultDetailArgument];
  }
  u32 at = wire::kPackedFirst;
  for (const Operation& each : operations) {
    if (!each.arguments.empty()) answer.results.push_back(slot.arguments[at + 1]);
    at += 1 + static_cast<u32>(each.arguments.size());
  }
  queue.release(position);
  // The fault's words stand where arguments were, and nobody says how far it came.
  if (answer.fault != FaultCode::kNone) answer.results.clear();
  return answer;
}

Answer run_singly(Megakernel& kernel, const std::vector<Operation>& operations) {
  Answer answer;
  for (const Operation& each : operations) {
    WorkItem work = item(each.opcode, kSingleTenant);
    std::copy(each.arguments.begin(), each.arguments.end(), work.arguments.begin());
    const wire::WorkSlot slot = run_slot(kernel, work);
    answer.fault = fault_of(slot);
    if (answer.fault != FaultCode::kNone) {
      answer.detail = slot.arguments[wire::kFaultDetailArgument];
      answer.results.clear();
      return answer;
    }
    if (!each.arguments.empty()) answer.results.push_back(slot.arguments[0]);
  }
  return answer;
}

TEST_F(Packed, DoesWhatItsOperationsDo) {
  const unsigned seed = 11;
  std::mt19937 random(seed);
  const auto kernel = make_machine(2, {.window_words = kWords, .debug_records = 1u << 16});
  u32 faults = 0;
  for (u32 round = 0; round < 2000; ++round) {
    SCOPED_TRACE(::testing::Message() << "seed " << seed << " round " << round);
    const std::vector<Operation> operations = random_operations(random);
    const Answer packed = run_packed(*kernel, operations);
    ASSERT_EQ(packed, run_singly(*kernel, operations));
    faults += packed.fault != FaultCode::kNone ? 1 : 0;
    if (round % 100 != 99) continue;
    std::vector<u32> packed_window(kWords);
    std::vector<u32> single_window(kWords);
    ASSERT_TRUE(kernel->read_window(kPackedTenant, 0, packed_window));
    ASSERT_TRUE(kernel->read_window(kSingleTenant, 0, single_window));
    ASSERT_EQ(packed_window, single_window);
  }
  EXPECT_GT(faults, 50u);
  EXPECT_LT(faults, 1000u);
  // Each PRINTF that ran packed ran singly too.
  EXPECT_GT(kernel->metrics().printf, 1000u);
  EXPECT_EQ(kernel->metrics().printf % 2, 0u);
  EXPECT_EQ(kernel->debug_log().size(), kernel->metrics().printf);
  EXPECT_EQ(kernel->metrics().packed_slots, 2000u - faults);
}

}  // namespace
}  // namespace vyre::backend
