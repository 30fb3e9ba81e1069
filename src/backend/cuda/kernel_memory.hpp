#pragma once

#include <memory>

#include "backend/cuda/cuda_memory.hpp"
#include "backend/cuda/device/device_state.hpp"

namespace vyre::backend {

/// What the kernels need beside the megakernel's own memory: the ring of jobs, the chunks under
/// way, staging buffers and journals.
class KernelMemory {
 public:
  /// For `workers` workers and queues of `slots` slots together. Errors: those of the memory.
  static Result<std::unique_ptr<KernelMemory>> create(CudaMemory& memory, u32 workers, u64 slots);

  /// Begins anew, while no kernel runs.
  Status reset(CudaMemory& memory);
  /// What kernels are started with, but for `context`, the reserve's seats and what CudaOptions
  /// has.
  [[nodiscard]] device::DeviceContext parts() const;
  [[nodiscard]] const device::DispatcherJournal& dispatcher() const;
  [[nodiscard]] std::span<const device::WorkerJournal> workers() const;

 private:
  KernelMemory(u32 workers, u32 chunk_count) : workers_(workers), chunk_count_(chunk_count) {}
  /// What begins at 0 with each launch.
  struct Counters {
    u32 next_ticket;
    u32 exited;
    u32 tiles;
    device::Reserve reserve;
  };

  u32 workers_;
  u32 chunk_count_;
  WorkerMemory jobs_;
  WorkerMemory counters_;
  WorkerMemory chunks_;
  WorkerMemory staging_;
  SharedMemory journals_;
};

}  // namespace vyre::backend
