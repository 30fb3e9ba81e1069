#pragma once

#include <utility>

#include "backend/cpu/chunk_runner.hpp"
#include "backend/cpu/cpu_macros.hpp"
#include "backend/cpu/doorbell.hpp"
#include "backend/cpu/injector.hpp"
#include "backend/cpu/interleaved_walk.hpp"
#include "backend/cpu/worker_journal.hpp"
#include "kernel/automaton.hpp"
#include "kernel/context.hpp"
#include "kernel/machine_clock.hpp"

namespace vyre::backend {

/// What the kernel's worker loop asks of a CPU (see kernel/worker.hpp). One per worker thread.
class CpuPlatform : public CpuMacros {
 public:
  /// `level` is one that this processor runs.
  explicit CpuPlatform(Doorbell& doorbell, CpuLevel level = best_cpu_level())
      : CpuMacros(level), doorbell_(doorbell), runner_(chunk_runner(level)) {}

  /// From now on `journal` tells what this worker is at, and `injector` may put a fault into it;
  /// both outlive the worker.
  void watch(WorkerJournal& journal, Injector& injector) {
    journal_ = &journal;
    injector_ = injector.wanted() ? &injector : nullptr;
  }
  void begin_slot(kernel::Claim claim) {
    follows_ = std::exchange(freshness_, 0) != 0;
    if (journal_ != nullptr) journal_->begin_slot(claim);
  }
  void begin_tile(const kernel::TileView& tile) {
    if (journal_ != nullptr && !journal_->begin_tile()) throw WorkerEnds{};
    if (injector_ != nullptr) injector_->begin_tile(tile);
  }
  void end_slot() {
    if (journal_ != nullptr && !journal_->end_slot()) throw WorkerEnds{};
  }

  /// A look at the clock costs as much as a small run: one that follows the last at once begins
  /// when that ended.
  u64 begin_time() const { return follows_ ? last_end_ : kernel::machine_nanoseconds(); }
  u64 end_time() {
    freshness_ = 2;
    return last_end_ = kernel::machine_nanoseconds();
  }

  kernel::SlotResult run_chunk(kernel::HostGroup, const kernel::ProgramView& program,
                               const kernel::Chunk& chunk, kernel::Registers& registers,
                               kernel::RecordSink& sink) {
    return runner_(*this, program, chunk, registers, sink);
  }

  /// Runs the table's AutomatonPlan, which is in `table.plan`.
  void scan(kernel::HostGroup group, const kernel::TableView& table, const kernel::TileView& tile,
            kernel::RecordSink& sink, u32* scratch);
  void sort(kernel::HostGroup, wire::Record* records, u32 count, u32* scratch);
  /// Wakes the queue's producer if it sleeps; see WorkQueue::park for why no wake-up is lost.
  void completed(const kernel::QueueView& queue);
  /// Wakes the server of the io queue if it sleeps; the same.
  void io_published(const kernel::IoView& io);
  /// Spins briefly, for work that comes at once, then sleeps until the doorbell rings.
  void idle(const kernel::Context& context);

 private:
  Doorbell& doorbell_;
  ChunkRunner runner_;
  WalkScratch walk_scratch_;
  WorkerJournal* journal_ = nullptr;
  Injector* injector_ = nullptr;
  /// When the last run ended.
  u64 last_end_ = 0;
  /// 2 after that, 1 once its slot is complete, 0 when the worker has done anything else.
  u32 freshness_ = 0;
  /// The run that goes on now began when the last one ended.
  bool follows_ = false;
};

}  // namespace vyre::backend
