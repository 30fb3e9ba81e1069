#include <gtest/gtest.h>

#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/cuda_devices.hpp"

namespace vyre::backend {
namespace {

class DeviceClaims : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto devices = cuda_devices(); !devices) GTEST_SKIP() << devices.error().what;
  }
};

TEST_F(DeviceClaims, LetOneBackendOfAProcessHaveADevice) {
  auto first = make_cuda_backend({});
  ASSERT_TRUE(first) << first.error().message();
  for (int i = 0; i < 2; ++i) {
    const auto second = make_cuda_backend({});
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, ErrorCode::kUnavailable);
  }
  first->reset();
  EXPECT_TRUE(make_cuda_backend({}));
}

TEST_F(DeviceClaims, EndWithABackendThatCouldNotBeMade) {
  EXPECT_FALSE(make_cuda_backend({.device = "GPU-no-such"}));
  EXPECT_FALSE(make_cuda_backend({.blocks_per_multiprocessor = 0}));
  EXPECT_TRUE(make_cuda_backend({}));
}

}  // namespace
}  // namespace vyre::backend
