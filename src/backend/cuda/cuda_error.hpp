#pragma once

#include <string>
#include <string_view>

#include "vyre/error.hpp"

namespace vyre::backend {

/// A call of the CUDA runtime that failed, as an Error: "OPERATION: TEXT (NAME)". `error` is its
/// cudaError_t, not cudaSuccess; `operation` says what was called, with the numbers.
///
/// DeviceFault where the device or its context is broken, for good as far as this process goes; the
/// error then brings its own fix. Else Unavailable with `fix`: memory that is short, no driver, no
/// device, what the device cannot do.
///
/// Clears the calling thread's last CUDA error, so that no later launch is blamed for it.
Error cuda_error(int error, std::string_view operation, std::string fix = {});

/// True where `error`, a cudaError_t, says that the device or its context is broken.
bool is_device_fault(int error) noexcept;

}  // namespace vyre::backend
