#include "backend/cuda/driver_function.hpp"

#include <cuda_runtime_api.h>

#include "backend/cuda/cuda_error.hpp"

namespace vyre::backend {

Result<void*> find_driver_function(const char* name) {
  // The version that brought the newest of the functions that are asked for.
  constexpr unsigned kSinceCuda = 11070;
  void* entry = nullptr;
  cudaDriverEntryPointQueryResult found = cudaDriverEntryPointSymbolNotFound;
  const cudaError_t error =
      cudaGetDriverEntryPointByVersion(name, &entry, kSinceCuda, cudaEnableDefault, &found);
  if (error != cudaSuccess) {
    static_cast<void>(cudaGetLastError());
    return tl::unexpected(cuda_error(error, name, "see whether `nvidia-smi` works for this user"));
  }
  return found == cudaDriverEntryPointSuccess ? entry : nullptr;
}

}  // namespace vyre::backend
