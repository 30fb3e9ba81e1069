#include "tests/cuda/device_check.hpp"

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>

namespace vyre::testing {

void check_cuda(int error, const char* call, const char* file, int line) {
  if (error == cudaSuccess) return;
  std::fprintf(stderr, "%s:%d: %s: %s\n", file, line, call,
               cudaGetErrorString(static_cast<cudaError_t>(error)));
  std::abort();
}

}  // namespace vyre::testing
