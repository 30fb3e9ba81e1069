#include "backend/cuda/current_device.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "backend/cuda/cuda_error.hpp"

namespace vyre::backend {

CurrentDevice::CurrentDevice(int index) noexcept : index_(index) {
  int current = -1;
  error_ = static_cast<int>(cudaGetDevice(&current));
  if (error_ != cudaSuccess) return;
  // Also where it is the current one: this makes its context the thread's, as the driver API wants.
  error_ = static_cast<int>(cudaSetDevice(index));
  if (error_ == cudaSuccess && current != index) previous_ = current;
}

CurrentDevice::~CurrentDevice() {
  if (previous_ >= 0) static_cast<void>(cudaSetDevice(previous_));
}

Status CurrentDevice::status() const {
  if (error_ == cudaSuccess) return {};
  return tl::unexpected(
      cuda_error(error_, fmt::format("use of CUDA device {}", index_),
                 "see that `nvidia-smi` lists it and that this process may use it"));
}

}  // namespace vyre::backend
