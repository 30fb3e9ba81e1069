#pragma once

#include <cstddef>
#include <span>

#include "backend/cuda/device/kernels.hpp"
#include "vyre/error.hpp"

namespace vyre::backend::translation {

/// What link_with_worker() made, on the current device. Move-only; destroy it only while no kernel
/// runs, as unloading waits for all of them. Cost of that: 0.3 ms.
class LinkedWorker {
 public:
  LinkedWorker() noexcept = default;
  /// Brings nothing to the device yet where the driver loads lazily, as is its default
  /// (loads_lazily()); else it waits for all kernels. Errors: Unavailable.
  static Result<LinkedWorker> open(std::span<const std::byte> image);
  /// True where CUDA_MODULE_LOADING does not say otherwise.
  static bool loads_lazily();
  /// Brings it to the device; while no kernel runs. `limit`: as many workers as a multiprocessor
  /// must take. Errors: Unavailable where it takes fewer.
  Status load(unsigned limit);
  LinkedWorker(LinkedWorker&& other) noexcept;
  LinkedWorker& operator=(LinkedWorker&& other) noexcept;
  ~LinkedWorker();

  [[nodiscard]] device::WorkerKernel kernel() const noexcept { return kernel_; }
  /// The device is lost, and with it what was loaded.
  void abandon() noexcept { library_ = nullptr; }

 private:
  /// A cudaLibrary_t.
  void* library_ = nullptr;
  device::WorkerKernel kernel_ = nullptr;
};

}  // namespace vyre::backend::translation
