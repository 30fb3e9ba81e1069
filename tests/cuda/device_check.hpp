#pragma once

namespace vyre::testing {

/// Ends the test program where a call of the CUDA runtime failed: nothing after it would be worth
/// knowing. `error` is its cudaError_t.
void check_cuda(int error, const char* call, const char* file, int line);

}  // namespace vyre::testing

#define VYRE_CUDA_CHECK(call) \
  ::vyre::testing::check_cuda(static_cast<int>(call), #call, __FILE__, __LINE__)
