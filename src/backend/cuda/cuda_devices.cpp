#include "backend/cuda/cuda_devices.hpp"

#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <cstdlib>

#include "backend/cuda/cuda_refusal.hpp"

namespace vyre::backend {
namespace {

static_assert(kCudaErrorInsufficientDriver == cudaErrorInsufficientDriver);
static_assert(kCudaErrorNoDevice == cudaErrorNoDevice);

tl::unexpected<Error> refused(cudaError_t error) {
  // The error would else stay the thread's last one.
  static_cast<void>(cudaGetLastError());
  CudaRefusalFacts facts{
      .error = error,
      .error_text = fmt::format("{}: {}", cudaGetErrorName(error), cudaGetErrorString(error)),
      .visible_devices = {}};
  static_cast<void>(cudaDriverGetVersion(&facts.driver_version));
  static_cast<void>(cudaRuntimeGetVersion(&facts.runtime_version));
  if (const char* visible = std::getenv("CUDA_VISIBLE_DEVICES")) facts.visible_devices = visible;
  return tl::unexpected(cuda_refusal(facts));
}

// 8-4-4-4-12 hexadecimal digits.
std::string uuid_text(const cudaUUID_t& uuid) {
  std::string text = "GPU";
  for (std::size_t i = 0; i < sizeof(uuid.bytes); ++i) {
    if (i == 0 || i == 4 || i == 6 || i == 8 || i == 10) text.push_back('-');
    text += fmt::format("{:02x}", static_cast<unsigned char>(uuid.bytes[i]));
  }
  return text;
}

}  // namespace

Result<std::vector<CudaDevice>> cuda_devices() {
  int count = 0;
  if (const cudaError_t error = cudaGetDeviceCount(&count); error != cudaSuccess) {
    return refused(error);
  }
  if (count == 0) return refused(cudaErrorNoDevice);
  int driver_version = 0;
  if (const cudaError_t error = cudaDriverGetVersion(&driver_version); error != cudaSuccess) {
    return refused(error);
  }
  std::vector<CudaDevice> devices;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties{};
    const cudaError_t error = cudaGetDeviceProperties(&properties, index);
    if (error != cudaSuccess) return refused(error);
    devices.push_back({.index = index,
                       .name = properties.name,
                       .uuid = uuid_text(properties.uuid),
                       .compute_capability = 10 * properties.major + properties.minor,
                       .multiprocessors = properties.multiProcessorCount,
                       .memory_bytes = properties.totalGlobalMem,
                       .driver_version = cuda_version_text(driver_version),
                       .pci_address = fmt::format("{:04x}:{:02x}:{:02x}.0", properties.pciDomainID,
                                                  properties.pciBusID, properties.pciDeviceID)});
  }
  return devices;
}

}  // namespace vyre::backend
