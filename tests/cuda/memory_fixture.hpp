#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "backend/cuda/cuda_devices.hpp"
#include "backend/cuda/cuda_memory.hpp"

namespace vyre::testing {

/// The memory of device 0; its tests are skipped where there is none.
class CudaMemoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto devices = backend::cuda_devices();
    if (!devices) GTEST_SKIP() << devices.error().message();
    device_ = devices->front();
    auto made = backend::CudaMemory::create(device_);
    ASSERT_TRUE(made) << made.error().message();
    memory_ = std::move(*made);
  }

  backend::CudaDevice device_;
  std::shared_ptr<backend::CudaMemory> memory_;
};

}  // namespace vyre::testing
