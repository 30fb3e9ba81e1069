#include "tests/backend/machine.hpp"

#include <cstdlib>
#include <thread>

#include "base/check.hpp"
#include "tests/support/environment.hpp"

namespace vyre::backend {

void show_memory_to_tools(Megakernel& kernel) {
  if (testing::number_from_environment("VYRE_RELAUNCH", 0) == 0) return;
  VYRE_CHECK(kernel.quiesce() && kernel.launch());
}

bool compiles_programs() { return testing::number_from_environment("VYRE_COMPILE", 0) != 0; }

std::unique_ptr<Megakernel> make_machine(unsigned workers, const MegakernelOptions& options,
                                         bool launched) {
  MegakernelOptions all = options;
  all.tenants = wire::kMaxTenants;
  all.compile_at_load = compiles_programs();
  auto kernel = Megakernel::create(make_test_backend(workers), all).value();
  VYRE_CHECK(!launched || kernel->launch());
  return kernel;
}

WorkItem item(wire::Opcode opcode, u32 tenant, std::array<u32, wire::kSlotArguments> arguments) {
  return {static_cast<u32>(opcode), tenant, wire::Priority::kNormal, arguments};
}

WorkItem chunk_item(u32 opcode, const Region& region, u32 length, u32 outcome, u32 tenant) {
  namespace argument = wire::chunk_argument;
  WorkItem work{opcode, tenant, wire::Priority::kNormal, {}};
  work.arguments[argument::kLength] = length;
  work.arguments[argument::kOwnEnd] = length;
  work.arguments[argument::kOutcome] = outcome;
  work.arguments[argument::kRegion] = region.id();
  return work;
}

bool wait_finished(WorkQueue& queue, u32 position) {
  const auto deadline = std::chrono::steady_clock::now() + patience();
  while (!queue.finished(position)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

wire::WorkSlot run_slot(Megakernel& kernel, const WorkItem& work, u32 queue_index) {
  show_memory_to_tools(kernel);
  WorkQueue& queue = kernel.queue(queue_index);
  const u32 position = queue.publish(work).value();
  VYRE_CHECK(wait_finished(queue, position));
  wire::WorkSlot slot = queue.slot(position);
  slot.status = static_cast<u32>(queue.status(position));
  queue.release(position);
  return slot;
}

bool is_done(const wire::WorkSlot& slot) {
  return slot.status == static_cast<u32>(wire::SlotStatus::kDone);
}

wire::FaultCode fault_of(const wire::WorkSlot& slot) {
  if (slot.status != static_cast<u32>(wire::SlotStatus::kFault)) return wire::FaultCode::kNone;
  return static_cast<wire::FaultCode>(slot.arguments[wire::kFaultCodeArgument]);
}

}  // namespace vyre::backend
