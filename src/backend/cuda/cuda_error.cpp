#include "backend/cuda/cuda_error.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

namespace vyre::backend {

bool is_device_fault(int error) noexcept {
  switch (static_cast<cudaError_t>(error)) {
    case cudaErrorIllegalAddress:
    case cudaErrorLaunchFailure:
    case cudaErrorLaunchTimeout:
    case cudaErrorIllegalInstruction:
    case cudaErrorMisalignedAddress:
    case cudaErrorInvalidAddressSpace:
    case cudaErrorInvalidPc:
    case cudaErrorHardwareStackError:
    case cudaErrorAssert:
    case cudaErrorECCUncorrectable:
    case cudaErrorNvlinkUncorrectable:
    case cudaErrorContained:
    case cudaErrorExternalDevice:
    case cudaErrorTensorMemoryLeak:
      return true;
    default:
      return false;
  }
}

Error cuda_error(int error, std::string_view operation, std::string fix) {
  const auto code = static_cast<cudaError_t>(error);
  static_cast<void>(cudaGetLastError());
  std::string what =
      fmt::format("{}: {} ({})", operation, cudaGetErrorString(code), cudaGetErrorName(code));
  if (is_device_fault(error)) {
    return Error{ErrorCode::kDeviceFault, 0, std::move(what),
                 "start the process again; where it comes back, `dmesg` has a line with `Xid` that "
                 "tells the device's side"};
  }
  return unavailable(std::move(what), std::move(fix));
}

}  // namespace vyre::backend
