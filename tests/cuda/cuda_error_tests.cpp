#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <string>

#include "backend/cuda/cuda_error.hpp"
#include "tests/cuda/memory_fixture.hpp"

namespace vyre::backend {
namespace {

TEST(CudaError, TellsABrokenDeviceFromWhatIsMissing) {
  struct Case {
    cudaError_t error;
    ErrorCode code;
    const char* name;
  };
  for (const auto& [error, code, name] :
       {Case{cudaErrorMemoryAllocation, ErrorCode::kUnavailable, "cudaErrorMemoryAllocation"},
        Case{cudaErrorNoDevice, ErrorCode::kUnavailable, "cudaErrorNoDevice"},
        Case{cudaErrorInsufficientDriver, ErrorCode::kUnavailable, "cudaErrorInsufficientDriver"},
        Case{cudaErrorNotSupported, ErrorCode::kUnavailable, "cudaErrorNotSupported"},
        Case{cudaErrorIllegalAddress, ErrorCode::kDeviceFault, "cudaErrorIllegalAddress"},
        Case{cudaErrorLaunchFailure, ErrorCode::kDeviceFault, "cudaErrorLaunchFailure"},
        Case{cudaErrorIllegalInstruction, ErrorCode::kDeviceFault, "cudaErrorIllegalInstruction"},
        Case{cudaErrorMisalignedAddress, ErrorCode::kDeviceFault, "cudaErrorMisalignedAddress"},
        Case{cudaErrorECCUncorrectable, ErrorCode::kDeviceFault, "cudaErrorECCUncorrectable"}}) {
    const Error told = cuda_error(error, "copy of 12 bytes", "the caller's fix");
    EXPECT_EQ(told.code, code) << name;
    EXPECT_EQ(is_device_fault(error), code == ErrorCode::kDeviceFault) << name;
    EXPECT_EQ(told.what.find("copy of 12 bytes: "), 0u) << told.what;
    EXPECT_NE(told.what.find(name), std::string::npos) << told.what;
    EXPECT_NE(told.what.find(cudaGetErrorString(error)), std::string::npos) << told.what;
    EXPECT_EQ(told.fix == "the caller's fix", code == ErrorCode::kUnavailable) << told.fix;
    EXPECT_FALSE(told.fix.empty());
  }
}

// Without a driver, every call says so again.
class CudaErrorOnDevice : public testing::CudaMemoryTest {};

TEST_F(CudaErrorOnDevice, IsNotBlamedOnTheNextCall) {
  const cudaError_t error = cudaSetDevice(-1);
  ASSERT_NE(error, cudaSuccess);
  EXPECT_NE(cudaPeekAtLastError(), cudaSuccess);
  static_cast<void>(cuda_error(error, "cudaSetDevice"));
  EXPECT_EQ(cudaPeekAtLastError(), cudaSuccess);
}

}  // namespace
}  // namespace vyre::backend
