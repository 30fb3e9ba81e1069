#include "backend/cuda/current_device.hpp"

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "backend/cuda/cuda_error.hpp"
#include "backend/cuda/driver_function.hpp"

namespace vyre::backend {
namespace {

// Somebody in the process has made the runtime's context on the device. Some ten nanoseconds.
bool is_in_use(int index) {
  static const auto get_device = driver_function<decltype(cuDeviceGet)>("cuDeviceGet");
  static const auto get_state =
      driver_function<decltype(cuDevicePrimaryCtxGetState)>("cuDevicePrimaryCtxGetState");
  if (!get_device || *get_device == nullptr || !get_state || *get_state == nullptr) return true;
  CUdevice device = 0;
  unsigned flags = 0;
  int active = 0;
  return (*get_device)(&device, index) != CUDA_SUCCESS ||
         (*get_state)(device, &flags, &active) != CUDA_SUCCESS || active != 0;
}

}  // namespace

CurrentDevice::CurrentDevice(int index) noexcept : index_(index) {
  int current = -1;
  error_ = static_cast<int>(cudaGetDevice(&current));
  if (error_ != cudaSuccess) return;
  // Also where it is the current one: this makes its context the thread's, as the driver API wants.
  error_ = static_cast<int>(cudaSetDevice(index));
  if (error_ == cudaSuccess && current != index && is_in_use(current)) previous_ = current;
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
