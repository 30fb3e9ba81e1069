#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "vyre/error.hpp"
#include "wire/platform.hpp"

namespace vyre::backend {

/// A CUDA device as the driver describes it.
struct CudaDevice {
  /// As the CUDA runtime counts (CUDA_VISIBLE_DEVICES applies).
  int index = 0;
  std::string name;
  /// "GPU-" and the hexadecimal groups, as nvidia-smi prints it.
  std::string uuid;
  /// 90 for compute capability 9.0.
  int compute_capability = 0;
  int multiprocessors = 0;
  u64 memory_bytes = 0;
  /// "13.0": the newest CUDA version that the driver supports.
  std::string driver_version;
  /// "0000:3b:00.0", as sysfs names it.
  std::string pci_address = {};
};

/// Every device that this process can use. Unavailable, with the reason, where there is none: this
/// build has no CUDA, there is no driver, it is too old, it sees no device.
Result<std::vector<CudaDevice>> cuda_devices();

/// The device that `wanted` names (see BackendChoice::device). InvalidArgument where none or
/// several do, with the devices there are.
Result<CudaDevice> choose_cuda_device(const std::vector<CudaDevice>& devices,
                                      std::string_view wanted);

}  // namespace vyre::backend
