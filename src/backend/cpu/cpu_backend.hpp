#pragma once

#include <chrono>
#include <memory>

#include "backend/backend.hpp"
#include "backend/cpu/cpu_level.hpp"
#include "backend/fault_injection.hpp"

namespace vyre::backend {

struct CpuOptions {
  /// Worker threads, 1..1024; they start with Megakernel::launch and live until it stops.
  unsigned workers = 1;
  /// What programs are run with; one of cpu_levels().
  CpuLevel level = best_cpu_level();
  /// A worker that is busy with one tile for longer than this counts as hung; 10 ms or more.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(30);
  FaultInjection injection = {};
};

/// Workers are threads of this process. An idle worker spins briefly, then sleeps on a futex. One
/// that hangs is replaced: see Crew. The process can lose 16 within a minute before it is a fault.
Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options);

}  // namespace vyre::backend
