#include "tests/cuda/device_memory.hpp"

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstring>

#include "base/check.hpp"
#include "tests/cuda/device_check.hpp"

namespace vyre::testing {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kGuardBytes = 64;
constexpr int kGuardByte = 0xA5;

constexpr std::size_t align(std::size_t bytes) {
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

}  // namespace

DeviceMemory::~DeviceMemory() { release(); }

void DeviceMemory::release() {
  if (host_ == nullptr) return;
  VYRE_CUDA_CHECK(cudaFreeHost(host_));
  VYRE_CUDA_CHECK(cudaFree(device_));
}

std::size_t DeviceMemory::needed(std::size_t bytes) { return align(bytes + kGuardBytes); }

void DeviceMemory::begin(std::size_t bytes) {
  used_ = 0;
  guards_.clear();
  if (bytes <= capacity_) return;
  release();
  capacity_ = std::max(bytes, 2 * capacity_);
  VYRE_CUDA_CHECK(cudaHostAlloc(reinterpret_cast<void**>(&host_), capacity_, cudaHostAllocDefault));
  VYRE_CUDA_CHECK(cudaMalloc(reinterpret_cast<void**>(&device_), capacity_));
}

std::size_t DeviceMemory::take(std::size_t bytes) {
  const std::size_t offset = used_;
  used_ += needed(bytes);
  VYRE_CHECK(used_ <= capacity_);
  std::memset(host_ + offset, 0, bytes);
  std::memset(host_ + offset + bytes, kGuardByte, used_ - offset - bytes);
  guards_.push_back(offset + bytes);
  return offset;
}

void DeviceMemory::upload() {
  VYRE_CUDA_CHECK(cudaMemcpy(device_, host_, used_, cudaMemcpyHostToDevice));
}

void DeviceMemory::download() {
  VYRE_CUDA_CHECK(cudaMemcpy(host_, device_, used_, cudaMemcpyDeviceToHost));
  for (const std::size_t guard : guards_) {
    const std::byte* begin = host_ + guard;
    VYRE_CHECK(std::all_of(begin, begin + kGuardBytes,
                           [](std::byte b) { return b == std::byte{kGuardByte}; }));
  }
}

}  // namespace vyre::testing
