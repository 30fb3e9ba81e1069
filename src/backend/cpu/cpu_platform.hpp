#pragma once

#include "backend/cpu/doorbell.hpp"
#include "backend/cpu/interleaved_walk.hpp"
#include "kernel/automaton.hpp"
#include "kernel/context.hpp"
#include "kernel/portable_platform.hpp"

namespace vyre::backend {

/// What the kernel's worker loop asks of a CPU (see kernel/worker.hpp). One per worker thread.
class CpuPlatform : public kernel::PortablePlatform {
 public:
  explicit CpuPlatform(Doorbell& doorbell) : doorbell_(doorbell) {}

  /// Runs the table's AutomatonPlan, which is in `table.plan`.
  void scan(kernel::HostGroup group, const kernel::TableView& table, const kernel::TileView& tile,
            kernel::RecordSink& sink, u32* scratch);
  kernel::SlotResult run_chunk(kernel::HostGroup group, const kernel::ProgramView& program,
                               const kernel::Chunk& chunk, kernel::Registers& registers,
                               kernel::RecordSink& sink) {
    return kernel::run_chunk(group, *this, program, chunk, registers, sink);
  }
  void sort(wire::Record* records, u32 count);
  /// Wakes the queue's producer if it sleeps; see WorkQueue::park for why no wake-up is lost.
  void completed(const kernel::QueueView& queue);
  /// Spins briefly, for work that comes at once, then sleeps until the doorbell rings.
  void idle(const kernel::Context& context);

 private:
  Doorbell& doorbell_;
  WalkScratch walk_scratch_;
};

}  // namespace vyre::backend
