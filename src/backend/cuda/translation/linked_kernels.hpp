#pragma once

#include <cstddef>
#include <span>

#include "backend/cuda/device/kernels.hpp"
#include "vyre/error.hpp"

namespace vyre::backend::translation {

/// What link_with_kernels() made, on the current device. Move-only; destroy it only when its
/// kernels do not run, as loading and unloading wait for all kernels.
class LinkedKernels {
 public:
  LinkedKernels() noexcept = default;
  /// `limit`: as many workers as a multiprocessor must take. Errors: Unavailable where it takes
  /// fewer.
  static Result<LinkedKernels> load(std::span<const std::byte> image, unsigned limit);
  LinkedKernels(LinkedKernels&& other) noexcept;
  LinkedKernels& operator=(LinkedKernels&& other) noexcept;
  ~LinkedKernels();

  [[nodiscard]] const device::Kernels& kernels() const noexcept { return kernels_; }
  /// The device is lost, and with it what was loaded.
  void abandon() noexcept { library_ = nullptr; }

 private:
  /// A cudaLibrary_t.
  void* library_ = nullptr;
  device::Kernels kernels_{};
};

}  // namespace vyre::backend::translation
