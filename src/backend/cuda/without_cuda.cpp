// What a build without nvcc has in the place of the CUDA backend.

#include "backend/cuda/cuda_abilities.hpp"
#include "backend/cuda/cuda_backend.hpp"
#include "backend/cuda/cuda_devices.hpp"

namespace vyre::backend {
namespace {

tl::unexpected<Error> not_in_this_build() {
  return tl::unexpected(unavailable("this vyre was built without CUDA",
                                    "build it with VYRE_CUDA=ON, which needs nvcc 13"));
}

}  // namespace

Result<std::vector<CudaDevice>> cuda_devices() { return not_in_this_build(); }

Result<CudaAbilities> cuda_abilities(int) { return not_in_this_build(); }

Status try_peer_mapping(const CudaDevice&) { return not_in_this_build(); }

Result<std::unique_ptr<Backend>> make_cuda_backend(const CudaOptions&) {
  return not_in_this_build();
}

}  // namespace vyre::backend
