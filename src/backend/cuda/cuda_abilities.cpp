#include "backend/cuda/cuda_abilities.hpp"

#include <cuda.h>
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <utility>

#include "backend/cuda/device_buffer.hpp"
#include "backend/cuda/driver_function.hpp"

namespace vyre::backend {
namespace {

tl::unexpected<Error> refused(const char* what, cudaError_t error) {
  static_cast<void>(cudaGetLastError());
  return tl::unexpected(unavailable(
      fmt::format("{}: {}: {}", what, cudaGetErrorName(error), cudaGetErrorString(error)),
      "see whether `nvidia-smi` works for this user"));
}

Result<bool> has(cudaDeviceAttr attribute, int device) {
  int value = 0;
  const cudaError_t error = cudaDeviceGetAttribute(&value, attribute, device);
  if (error != cudaSuccess) return refused("cudaDeviceGetAttribute", error);
  return value != 0;
}

// The runtime has no name for this attribute.
Result<bool> exports_dma_buf(int device) {
  const auto get_device = driver_function<decltype(cuDeviceGet)>("cuDeviceGet");
  if (!get_device) return tl::unexpected(get_device.error());
  const auto get_attribute =
      driver_function<decltype(cuDeviceGetAttribute)>("cuDeviceGetAttribute");
  if (!get_attribute) return tl::unexpected(get_attribute.error());
  CUdevice handle = 0;
  int value = 0;
  // A driver that does not know the attribute does not export.
  return *get_device != nullptr && *get_attribute != nullptr &&
         (*get_device)(&handle, device) == CUDA_SUCCESS &&
         (*get_attribute)(&value, CU_DEVICE_ATTRIBUTE_DMA_BUF_SUPPORTED, handle) == CUDA_SUCCESS &&
         value != 0;
}

}  // namespace

Result<CudaAbilities> cuda_abilities(int device) {
  CudaAbilities abilities{.shares_host_memory = true};
  for (const cudaDeviceAttr needed :
       {cudaDevAttrUnifiedAddressing, cudaDevAttrCanMapHostMemory, cudaDevAttrHostRegisterSupported,
        cudaDevAttrCanUseHostPointerForRegisteredMem}) {
    const Result<bool> there = has(needed, device);
    if (!there) return tl::unexpected(there.error());
    abilities.shares_host_memory = abilities.shares_host_memory && *there;
  }
  const Result<bool> exported = exports_dma_buf(device);
  if (!exported) return tl::unexpected(exported.error());
  abilities.exports_dma_buf = *exported;
  const Result<bool> peers = has(cudaDevAttrGPUDirectRDMASupported, device);
  if (!peers) return tl::unexpected(peers.error());
  abilities.gives_peers_access = *peers;
  return abilities;
}

Status try_peer_mapping(const CudaDevice& device) {
  auto memory = CudaMemory::create(device);
  if (!memory) return tl::unexpected(std::move(memory.error()));
  const auto buffer = DeviceBuffer::create(std::move(*memory), 1);
  if (!buffer) return tl::unexpected(buffer.error());
  const auto mapped = buffer->map_peer();
  if (!mapped) return tl::unexpected(mapped.error());
  return {};
}

}  // namespace vyre::backend
