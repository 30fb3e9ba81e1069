#pragma once

#include <optional>
#include <string>

#include "vyre/error.hpp"

namespace vyre::backend {

/// What was observed where the CUDA runtime found no device to use.
struct CudaRefusalFacts {
  /// A cudaError_t, and "NAME: its description".
  int error = 0;
  std::string error_text;
  /// 1000 * major + 10 * minor: the newest CUDA version that the driver supports (0: there is no
  /// driver), and the version of the CUDA runtime in this build.
  int driver_version = 0;
  int runtime_version = 0;
  /// The environment's CUDA_VISIBLE_DEVICES; nothing where it is not set.
  std::optional<std::string> visible_devices;
};

/// The values of cudaError_t that mean something of their own here.
inline constexpr int kCudaErrorInsufficientDriver = 35;
inline constexpr int kCudaErrorNoDevice = 100;

/// Unavailable: no driver, one that is too old, no device, all devices hidden from this process, or
/// what else the runtime says; with the fix.
Error cuda_refusal(const CudaRefusalFacts& facts);

/// "13.0" for 13000.
std::string cuda_version_text(int version);

}  // namespace vyre::backend
