#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "backend/megakernel.hpp"
#include "vyre/backend.hpp"
#include "wire/fault.hpp"

// The machine under test and small steps on it. The tests of behaviour are the same for every
// machine; what differs stands in one file per machine.
namespace vyre::backend {

/// A machine that is not started. `workers` is a wish: a device has its own number. Aborts where
/// there is none (see missing_machine).
std::unique_ptr<Backend> make_test_backend(unsigned workers);
/// The same machine as a session's options name it.
BackendChoice test_backend();
/// Why there is no such machine here; empty where there is.
std::string missing_machine();
/// How long a slot may take before a test calls it lost.
std::chrono::seconds patience();

/// Where VYRE_RELAUNCH is 1, ends the kernel and launches it again. For tools that see only such
/// memory as was allocated before the launch of the kernel that touches it. Aborts where it fails.
void show_memory_to_tools(Megakernel& kernel);

/// True where VYRE_COMPILE is 1: programs are compiled as they are loaded, on a machine that can.
bool compiles_programs();

/// A launched megakernel with every tenant there can be; aborts where there can be none.
std::unique_ptr<Megakernel> make_machine(unsigned workers, const MegakernelOptions& options,
                                         bool launched = true);

WorkItem item(wire::Opcode opcode, u32 tenant = 0,
              std::array<u32, wire::kSlotArguments> arguments = {});
/// The first `length` bytes of a region as one chunk, all its own, from the beginning of its file.
WorkItem chunk_item(u32 opcode, const Region& region, u32 length, u32 outcome = 0, u32 tenant = 0);

/// False where the position is not finished in patience().
bool wait_finished(WorkQueue& queue, u32 position);
/// Publishes, waits and releases; returns the slot as the worker left it. Aborts where it is lost.
wire::WorkSlot run_slot(Megakernel& kernel, const WorkItem& work, u32 queue_index = 0);

bool is_done(const wire::WorkSlot& slot);
/// The fault code, or kNone where the slot is not FAULT.
wire::FaultCode fault_of(const wire::WorkSlot& slot);

}  // namespace vyre::backend
