#pragma once

#include "backend/cuda/cuda_devices.hpp"
#include "vyre/error.hpp"

namespace vyre::backend {

/// This process' right to run a persistent kernel on a device: one at a time, since the kernel
/// takes every multiprocessor for as long as it runs, and another would wait for its end.
/// Move-only. Thread-safe.
class DeviceClaim {
 public:
  /// Unavailable while another claim on the device lives.
  static Result<DeviceClaim> take(const CudaDevice& device);

  DeviceClaim(DeviceClaim&& other) noexcept;
  DeviceClaim& operator=(DeviceClaim&& other) = delete;
  ~DeviceClaim();

 private:
  explicit DeviceClaim(int index) noexcept : index_(index) {}
  int index_;
};

}  // namespace vyre::backend
