#include "backend/cuda/cuda_refusal.hpp"

#include <fmt/format.h>

namespace vyre::backend {
namespace {

Error driver_refusal(const CudaRefusalFacts& facts) {
  if (facts.driver_version == 0) {
    return unavailable("there is no NVIDIA driver: libcuda.so.1 was not found or does not load",
                       "install NVIDIA's driver; into a container, pass the host's with the NVIDIA "
                       "container toolkit");
  }
  // A driver serves every runtime of its own major version.
  const std::string needed = cuda_version_text(facts.runtime_version / 1000 * 1000);
  return unavailable(
      fmt::format("the NVIDIA driver is too old: it supports CUDA {}, this vyre "
                  "needs {} or later",
                  cuda_version_text(facts.driver_version), needed),
      fmt::format("install a driver for which nvidia-smi shows CUDA {} or later", needed));
}

Error no_device(const CudaRefusalFacts& facts) {
  if (!facts.visible_devices) {
    return unavailable("the NVIDIA driver sees no device",
                       "see whether `nvidia-smi -L` lists one; into a container, pass it with the "
                       "NVIDIA container toolkit");
  }
  return unavailable(fmt::format("no CUDA device is visible, and CUDA_VISIBLE_DEVICES is '{}'",
                                 *facts.visible_devices),
                     "unset CUDA_VISIBLE_DEVICES, or set it to devices that `nvidia-smi -L` lists");
}

}  // namespace

std::string cuda_version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

Error cuda_refusal(const CudaRefusalFacts& facts) {
  if (facts.error == kCudaErrorInsufficientDriver) return driver_refusal(facts);
  if (facts.error == kCudaErrorNoDevice) return no_device(facts);
  return unavailable("the NVIDIA driver does not start: " + facts.error_text,
                     "see whether `nvidia-smi` works for this user, and what the kernel log says "
                     "of NVRM");
}

}  // namespace vyre::backend
