#pragma once

#include <cuda_runtime_api.h>

#include <cstdio>
#include <cstdlib>

/// Ends the test program where a call of the CUDA runtime fails: nothing after it would be worth
/// knowing.
#define VYRE_CUDA_CHECK(call)                                            \
  do {                                                                   \
    const cudaError_t vyre_cuda_error = (call);                          \
    if (vyre_cuda_error != cudaSuccess) {                                \
      std::fprintf(stderr, "%s:%d: %s: %s\n", __FILE__, __LINE__, #call, \
                   cudaGetErrorString(vyre_cuda_error));                 \
      std::abort();                                                      \
    }                                                                    \
  } while (false)
