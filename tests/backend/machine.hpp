#pragma once

#include <chrono>
#include <memory>
#include <thread>

#include "backend/cpu/cpu_backend.hpp"
#include "backend/megakernel.hpp"
#include "wire/fault.hpp"

namespace vyre::backend {

/// A launched CPU megakernel; fails the test's setup by aborting.
inline std::unique_ptr<Megakernel> make_machine(unsigned workers, const MegakernelOptions& options,
                                                bool launched = true) {
  auto kernel = Megakernel::create(make_cpu_backend({workers}).value(), options).value();
  if (launched && !kernel->launch()) std::abort();
  return kernel;
}

inline WorkItem item(wire::Opcode opcode, u32 tenant = 0,
                     std::array<u32, wire::kSlotArguments> arguments = {}) {
  return {static_cast<u32>(opcode), tenant, wire::Priority::kNormal, arguments};
}

/// Waits until a position is finished, a minute at most.
inline bool wait_finished(WorkQueue& queue, u32 position) {
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
  while (!queue.finished(position)) {
    if (std::chrono::steady_clock::now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

/// Publishes, waits and releases; returns the slot as the worker left it.
inline wire::WorkSlot run_slot(Megakernel& kernel, const WorkItem& work, u32 queue_index = 0) {
  WorkQueue& queue = kernel.queue(queue_index);
  const u32 position = queue.publish(work).value();
  if (!wait_finished(queue, position)) std::abort();
  wire::WorkSlot slot = queue.slot(position);
  slot.status = static_cast<u32>(queue.status(position));
  queue.release(position);
  return slot;
}

inline bool is_done(const wire::WorkSlot& slot) {
  return slot.status == static_cast<u32>(wire::SlotStatus::kDone);
}

/// The fault code, or kNone where the slot is not FAULT.
inline wire::FaultCode fault_of(const wire::WorkSlot& slot) {
  if (slot.status != static_cast<u32>(wire::SlotStatus::kFault)) return wire::FaultCode::kNone;
  return static_cast<wire::FaultCode>(slot.arguments[wire::kFaultCodeArgument]);
}

}  // namespace vyre::backend
