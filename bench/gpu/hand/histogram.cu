#include <array>

#include "hand.hpp"
#include "record_buffer.cuh"

namespace vyre::bench::gpu::hand {
namespace {

constexpr u32 kThreads = 768;
constexpr u32 kLanes = 32;
constexpr u32 kTableWords = 256 * kLanes;

/// A column of counters for each lane of a warp: lanes never meet in a bank.
__device__ __forceinline__ void count(u32* table, u32 lane, u32 word) {
  atomicAdd(table + ((word & 0xFF) * kLanes | lane), 1u);
  atomicAdd(table + ((word >> 8 & 0xFF) * kLanes | lane), 1u);
  atomicAdd(table + ((word >> 16 & 0xFF) * kLanes | lane), 1u);
  atomicAdd(table + ((word >> 24) * kLanes | lane), 1u);
}

__device__ __forceinline__ void count(u32* table, u32 lane, uint4 words) {
  count(table, lane, words.x);
  count(table, lane, words.y);
  count(table, lane, words.z);
  count(table, lane, words.w);
}

__global__ void __launch_bounds__(kThreads, 2)
    count_bytes(DeviceBytes bytes, u32 tables, unsigned long long* counts) {
  extern __shared__ u32 shared[];
  for (u32 i = threadIdx.x; i < tables * kTableWords; i += kThreads) shared[i] = 0;
  __syncthreads();
  const u32 lane = threadIdx.x % kLanes;
  u32* const table = shared + threadIdx.x / kLanes % tables * kTableWords;
  const uint4* const words = reinterpret_cast<const uint4*>(bytes.data);
  const u64 total = bytes.size / 16;
  const u64 stride = u64{gridDim.x} * kThreads;
  u64 at = u64{blockIdx.x} * kThreads + threadIdx.x;
  for (; at + 3 * stride < total; at += 4 * stride) {
    uint4 loaded[4];
    for (u32 i = 0; i < 4; ++i) loaded[i] = __ldcs(words + at + i * stride);
    for (const uint4& four : loaded) count(table, lane, four);
  }
  for (; at < total; at += stride) count(table, lane, words[at]);
  if (blockIdx.x == 0 && threadIdx.x < bytes.size % 16) {
    atomicAdd(table + (bytes.data[total * 16 + threadIdx.x] * kLanes | lane), 1u);
  }
  __syncthreads();
  if (threadIdx.x >= 256) return;
  u64 sum = 0;
  for (u32 i = 0; i < tables; ++i) {
    for (u32 column = 0; column < kLanes; ++column) {
      sum += shared[i * kTableWords + threadIdx.x * kLanes + (column + threadIdx.x) % kLanes];
    }
  }
  atomicAdd(counts + threadIdx.x, sum);
}

struct Way {
  const char* name;
  u32 tables;
  u32 blocks_per_multiprocessor;
};
constexpr Way kWays[] = {{"1 table, 2 blocks", 1, 2},
                         {"3 tables, 2 blocks", 3, 2},
                         {"4 tables, 1 block", 4, 1},
                         {"6 tables, 1 block", 6, 1}};

class Histogram final : public Task {
 public:
  Histogram() : counts_(256) {
    cuda(cudaFuncSetAttribute(count_bytes, cudaFuncAttributeMaxDynamicSharedMemorySize,
                              6 * kTableWords * sizeof(u32)));
  }
  [[nodiscard]] std::vector<std::string> ways() const override {
    std::vector<std::string> names;
    for (const Way& way : kWays) names.emplace_back(way.name);
    return names;
  }
  void run(std::size_t index, DeviceBytes bytes) override {
    const Way& way = kWays[index];
    cuda(cudaMemsetAsync(counts_.data(), 0, 256 * sizeof(u64)));
    count_bytes<<<multiprocessors_ * way.blocks_per_multiprocessor, kThreads,
                  way.tables * kTableWords * sizeof(u32)>>>(bytes, way.tables, counts_.data());
    cuda(cudaGetLastError());
    cuda(cudaDeviceSynchronize());
  }
  [[nodiscard]] Answer answer() override {
    std::array<unsigned long long, 256> counts{};
    counts_.download(counts.data(), counts.size());
    return {{counts.begin(), counts.end()}, {}};
  }

 private:
  u32 multiprocessors_ = hand::multiprocessors();
  DeviceArray<unsigned long long> counts_;
};

}  // namespace

std::unique_ptr<Task> make_histogram() { return std::make_unique<Histogram>(); }

}  // namespace vyre::bench::gpu::hand
