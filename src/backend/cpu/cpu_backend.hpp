#pragma once

#include <memory>

#include "backend/backend.hpp"
#include "backend/cpu/cpu_level.hpp"

namespace vyre::backend {

struct CpuOptions {
  /// Worker threads, 1..1024; they start with Megakernel::launch and live until it stops.
  unsigned workers = 1;
  /// What programs are run with; one of cpu_levels().
  CpuLevel level = best_cpu_level();
};

/// Workers are threads of this process. An idle worker spins briefly, then sleeps on a futex.
Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options);

}  // namespace vyre::backend
