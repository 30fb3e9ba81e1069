#pragma once

#include <string>
#include <vector>

#include "../answer.hpp"
#include "../cuda_memory.hpp"
#include "../fail.hpp"

namespace vyre::bench::gpu::hand {

struct DeviceRecord {
  u64 offset;
  u32 value;
  u32 unused;
};

/// Where kernels append records.
struct RecordTarget {
  DeviceRecord* records;
  u64* count;
  u64 capacity;

  __device__ void put(u64 at, DeviceRecord record) const {
    if (at < capacity) records[at] = record;
  }
};

/// Records of one block on their way to the target: one addition to the shared counter for many.
/// Lives in shared memory.
struct RecordStage {
  static constexpr u32 kRecords = 1024;
  DeviceRecord records[kRecords];
  u32 count;
  u64 first;

  /// All threads; before the first push.
  __device__ void begin() {
    if (threadIdx.x == 0) count = 0;
    __syncthreads();
  }
  __device__ void push(u64 offset, u32 value, const RecordTarget& target) {
    const u32 at = atomicAdd(&count, 1);
    const DeviceRecord record{offset, value, 0};
    if (at < kRecords) {
      records[at] = record;
    } else {
      target.put(atomicAdd(reinterpret_cast<unsigned long long*>(target.count), 1), record);
    }
  }
  /// All threads: hands the records over and begins anew.
  __device__ void flush(const RecordTarget& target) {
    __syncthreads();
    const u32 held = count < kRecords ? count : kRecords;
    if (held != 0) {
      if (threadIdx.x == 0) {
        first = atomicAdd(reinterpret_cast<unsigned long long*>(target.count), held);
      }
      __syncthreads();
      for (u32 i = threadIdx.x; i < held; i += blockDim.x) target.put(first + i, records[i]);
      __syncthreads();
    }
    begin();
  }
};

class RecordBuffer {
 public:
  explicit RecordBuffer(u64 capacity) : records_(capacity), count_(1) {}

  void clear_async() { cuda(cudaMemsetAsync(count_.data(), 0, sizeof(u64))); }
  [[nodiscard]] RecordTarget target() const {
    return {records_.data(), count_.data(), records_.size()};
  }
  [[nodiscard]] RecordDigest digest() const {
    u64 count = 0;
    count_.download(&count, 1);
    if (count > records_.size()) {
      fail(std::to_string(count) + " records, room for " + std::to_string(records_.size()));
    }
    std::vector<DeviceRecord> found(count);
    if (count != 0) records_.download(found.data(), count);
    RecordDigest digest;
    for (const DeviceRecord& record : found) digest.add(record.offset, record.value);
    return digest;
  }

 private:
  DeviceArray<DeviceRecord> records_;
  DeviceArray<u64> count_;
};

/// Multiprocessors of the current device.
inline u32 multiprocessors() {
  int device = 0;
  int count = 0;
  cuda(cudaGetDevice(&device));
  cuda(cudaDeviceGetAttribute(&count, cudaDevAttrMultiProcessorCount, device));
  return static_cast<u32>(count);
}

}  // namespace vyre::bench::gpu::hand
