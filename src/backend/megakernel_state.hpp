#pragma once

#include <memory>
#include <mutex>
#include <vector>

#include "backend/debug_formats.hpp"
#include "backend/io_queue.hpp"
#include "backend/megakernel.hpp"
#include "backend/period_timer.hpp"
#include "backend/program_store.hpp"
#include "backend/region_table.hpp"
#include "backend/tenant_table.hpp"
#include "backend/work_queue.hpp"
#include "backend/worker_words.hpp"
#include "base/owned_fd.hpp"

namespace vyre::backend {

/// What a Megakernel is made of.
struct Megakernel::State {
  /// Errors: what the backend's allocations say.
  static Result<std::unique_ptr<State>> create(std::shared_ptr<Backend> backend,
                                               const MegakernelOptions& options);
  State(std::shared_ptr<Backend> machine, const kernel::Context& places)
      : backend(std::move(machine)),
        context(places),
        programs(places.programs, places.window_words, *backend),
        io(places.io, *backend) {}
  Status admit(u32 tenants);

  [[nodiscard]] u32 word(const u32* place) const { return read_value(*backend, place).value_or(0); }
  [[nodiscard]] u32 control(u32 index) const { return word(context.worker_control + index); }
  // Of these the caller holds `life`.
  Status start();
  Status stop(kernel::StopMode mode);
  /// Between the two, where workers run.
  Status install(ProgramCompiler& compiler, const ProgramStore::Texts& texts);
  // Of these it holds not `life`, and of the first `compiling`.
  Status compile();
  Status compile_unless_refused();
  Status stop_for_long(kernel::StopMode mode);
  Status open_queues();
  /// Words of a tenant's window, in workers' memory. Errors: see read_window.
  [[nodiscard]] Result<u32*> window(u32 tenant, u32 first, std::size_t count) const;

  std::shared_ptr<Backend> backend;
  SharedMemory shared;
  WorkerMemory local;
  WorkerMemory zeros;
  wire::ControlBlock* host_control = nullptr;
  kernel::Context context;
  /// The host's copies, by queue and band.
  std::vector<kernel::QueueView> views;
  std::shared_ptr<RegionTable> regions;
  ProgramStore programs;
  IoQueue io;
  std::unique_ptr<TenantTable> tenants;
  std::chrono::nanoseconds quota_period{};
  DebugFormats formats;
  std::vector<base::OwnedFd> wake_fds;
  std::vector<std::unique_ptr<WorkQueue>> queues;
  std::mutex compiling;
  /// Of `compiling`.
  std::optional<Error> refusal;
  std::mutex life;
  bool launched = false;
  bool compiles_at_load = false;
  /// Last: what it calls uses the rest.
  PeriodTimer periods;
};

}  // namespace vyre::backend
