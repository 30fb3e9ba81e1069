#include <cuda.h>
#include <cuda_runtime_api.h>
#include <gtest/gtest.h>

#include <cstdlib>

#include "backend/cuda/cuda_devices.hpp"
#include "backend/cuda/current_device.hpp"
#include "backend/cuda/driver_function.hpp"

namespace vyre::backend {
namespace {

bool has_context(int index) {
  const auto get_device = driver_function<decltype(cuDeviceGet)>("cuDeviceGet");
  const auto get_state =
      driver_function<decltype(cuDevicePrimaryCtxGetState)>("cuDevicePrimaryCtxGetState");
  CUdevice device = 0;
  unsigned flags = 0;
  int active = 0;
  if ((**get_device)(&device, index) != CUDA_SUCCESS ||
      (**get_state)(device, &flags, &active) != CUDA_SUCCESS) {
    std::abort();
  }
  return active != 0;
}

int current() {
  int index = -1;
  return cudaGetDevice(&index) == cudaSuccess ? index : -1;
}

// Each test in a process of its own: contexts are the process's.
class CurrentDeviceDeathTest : public ::testing::Test {
 protected:
  void SetUp() override {
    GTEST_FLAG_SET(death_test_style, "threadsafe");
    const auto devices = cuda_devices();
    if (!devices) GTEST_SKIP() << devices.error().message();
    if (devices->size() < 2) GTEST_SKIP() << "needs two CUDA devices, and there is one";
  }
};

TEST_F(CurrentDeviceDeathTest, MakesNoContextOnADeviceThatIsNotUsed) {
  const auto use_second = [] {
    const bool made = CurrentDevice(1).status().has_value();
    std::_Exit(made && has_context(1) && !has_context(0) ? 0 : 1);
  };
  EXPECT_EXIT(use_second(), ::testing::ExitedWithCode(0), "");
}

TEST_F(CurrentDeviceDeathTest, TheCallersDeviceIsCurrentAgain) {
  const auto use_both = [] {
    if (cudaSetDevice(0) != cudaSuccess) std::_Exit(2);
    bool changed = false;
    {
      const CurrentDevice second(1);
      changed = second.status().has_value() && current() == 1;
    }
    std::_Exit(changed && current() == 0 ? 0 : 1);
  };
  EXPECT_EXIT(use_both(), ::testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace vyre::backend
