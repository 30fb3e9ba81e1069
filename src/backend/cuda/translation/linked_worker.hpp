#pragma once

#include <cstddef>
#include <span>

#include "backend/cuda/device/kernels.hpp"
#include "vyre/error.hpp"

namespace vyre::backend::translation {

/// What link_with_worker() made, on the current device. Move-only; destroy it only when its
/// kernels do not run, as loading and unloading wait for all kernels.
class LinkedWorker {
 public:
  LinkedWorker() noexcept = default;
  /// `limit`: as many workers as a multiprocessor must take. Errors: Unavailable where it takes
  /// fewer.
  static Result<LinkedWorker> load(std::span<const std::byte> image, unsigned limit);
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
