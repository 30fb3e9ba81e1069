#pragma once

#include <cuda_runtime_api.h>

#include <cstddef>
#include <source_location>
#include <utility>

namespace vyre::bench::gpu {

/// Ends the process where a CUDA call failed.
void cuda(cudaError_t error, std::source_location where = std::source_location::current());

/// Device memory of `count` values, uninitialised. Freeing it waits for a kernel that runs.
template <class Value>
class DeviceArray {
 public:
  explicit DeviceArray(std::size_t count) : count_(count) {
    cuda(cudaMalloc(reinterpret_cast<void**>(&values_), count * sizeof(Value)));
  }
  DeviceArray(DeviceArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  DeviceArray& operator=(DeviceArray&&) = delete;
  ~DeviceArray() {
    if (values_ != nullptr) cuda(cudaFree(values_));
  }

  [[nodiscard]] Value* data() const noexcept { return values_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

  void upload(const Value* from, std::size_t count) {
    cuda(cudaMemcpy(values_, from, count * sizeof(Value), cudaMemcpyHostToDevice));
  }
  void download(Value* to, std::size_t count) const {
    cuda(cudaMemcpy(to, values_, count * sizeof(Value), cudaMemcpyDeviceToHost));
  }
  void clear() { cuda(cudaMemset(values_, 0, count_ * sizeof(Value))); }

 private:
  Value* values_ = nullptr;
  std::size_t count_;
};

/// Pinned host memory that the device maps at the same address, zeroed.
template <class Value>
class PinnedArray {
 public:
  explicit PinnedArray(std::size_t count) : count_(count) {
    cuda(cudaHostAlloc(reinterpret_cast<void**>(&values_), count * sizeof(Value),
                       cudaHostAllocPortable | cudaHostAllocMapped));
    for (std::size_t i = 0; i < count; ++i) values_[i] = Value{};
  }
  PinnedArray(PinnedArray&& other) noexcept
      : values_(std::exchange(other.values_, nullptr)), count_(std::exchange(other.count_, 0)) {}
  PinnedArray& operator=(PinnedArray&&) = delete;
  ~PinnedArray() {
    if (values_ != nullptr) cuda(cudaFreeHost(values_));
  }

  [[nodiscard]] Value* data() const noexcept { return values_; }
  [[nodiscard]] std::size_t size() const noexcept { return count_; }

 private:
  Value* values_ = nullptr;
  std::size_t count_;
};

}  // namespace vyre::bench::gpu
