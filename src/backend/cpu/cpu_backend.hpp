#pragma once

#include <memory>

#include "backend/backend.hpp"

namespace vyre::backend {

struct CpuOptions {
  /// Worker threads, 1..1024; they start with Megakernel::launch and live until it stops.
  unsigned workers = 1;
};

/// Workers are threads of this process. An idle worker spins briefly, then sleeps on a futex.
Result<std::unique_ptr<Backend>> make_cpu_backend(const CpuOptions& options);

}  // namespace vyre::backend
