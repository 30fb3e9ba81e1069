#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "backend/backend.hpp"
#include "backend/fault_injection.hpp"

namespace vyre::backend {

struct CudaOptions {
  /// See BackendChoice::device.
  std::string device = {};
  /// Thread blocks per multiprocessor, 1..16; fewer where the hardware holds fewer.
  unsigned blocks_per_multiprocessor = 4;
  /// How long the device looks for work at full speed after the last; then it looks ever more
  /// rarely, at last once in `idle_sleep`. More power against less latency of the first slot after
  /// a pause. 0..1 s and 0..1 ms.
  std::chrono::nanoseconds spin = std::chrono::milliseconds(2);
  std::chrono::nanoseconds idle_sleep = std::chrono::microseconds(20);
  /// A worker that is busy with one tile for longer than this counts as hung; 10 ms or more.
  std::chrono::nanoseconds hang_after = std::chrono::seconds(30);
  FaultInjection injection = {};
  /// Programs that would gain nothing are compiled too (translation::is_worthwhile).
  bool compiles_all = false;
};

/// Workers are thread blocks of a kernel that stays on the device from launch to quiesce. Errors:
/// Unavailable where no device can be used (see cuda_devices) or another backend of this process
/// has it, InvalidArgument for options out of range or a device that is not there.
Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions& options);

}  // namespace vyre::backend
