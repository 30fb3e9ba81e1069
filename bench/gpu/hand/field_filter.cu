#include <array>

#include "hand.hpp"
#include "record_buffer.cuh"

namespace vyre::bench::gpu::hand {
namespace {

constexpr u32 kThreads = 256;
constexpr u32 kCommas = 2;
constexpr u32 kMost = 0xFFFFFFFF;

/// Bit i: byte i of 32 is `wanted`, given four times.
__device__ __forceinline__ u32 equal_bits(const u32* words, u32 wanted) {
  u32 bits = 0;
  for (u32 i = 0; i < 8; ++i) {
    // One bit of each byte, brought together by a sum that cannot carry.
    const u32 ones = __vcmpeq4(words[i], wanted) & 0x08040201;
    bits |= static_cast<u32>(__dp4a(ones, 0x01010101u, 0u)) << (4 * i);
  }
  return bits;
}

/// The unsigned number of at most 20 digits at `at`; from 2^32 on it counts as 2^32 - 1.
__device__ u32 number_at(const u8* bytes, u64 at, u64 size) {
  u64 number = 0;
  for (u32 digits = 0; at < size && digits < 20; ++at, ++digits) {
    const u32 digit = bytes[at] - u32{'0'};
    if (digit > 9) break;
    number = number * 10 + digit;
    if (number > kMost) number = kMost;
  }
  return static_cast<u32>(number);
}

struct Totals {
  u64 rows = 0;
  u64 total = 0;
};

/// One thread's walk over the rows that begin in its share.
struct RowWalk {
  DeviceBytes bytes;
  u32 threshold;
  const RecordTarget& target;
  RecordStage& stage;
  Totals& totals;

  __device__ void field(u64 comma) {
    const u32 number = number_at(bytes.data, comma + 1, bytes.size);
    if (number <= threshold) return;
    ++totals.rows;
    totals.total += number;
    stage.push(comma, number, target);
  }

  /// 32 bytes from `at`. `commas` of the open row so far; kCommas where the rest of it is of no
  /// interest.
  __device__ u32 block(u64 at, u64 share_end, u32 commas) {
    const uint4* const from = reinterpret_cast<const uint4*>(bytes.data + at);
    const uint4 low = __ldg(from);
    const uint4 high = __ldg(from + 1);
    const u32 words[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    u32 newlines = equal_bits(words, 0x0A0A0A0A);
    u32 left = equal_bits(words, 0x2C2C2C2C);
    if (bytes.size - at < 32) {
      const u32 valid = (1u << (bytes.size - at)) - 1;
      newlines &= valid;
      left &= valid;
    }
    for (;;) {
      const u32 newline = newlines & (0 - newlines);
      u32 row = newline == 0 ? left : left & (newline - 1);
      if (commas < kCommas && row != 0) {
        if (commas == 0) row &= row - 1;
        ++commas;
        if (row != 0) {
          field(at + (__ffs(static_cast<int>(row)) - 1));
          commas = kCommas;
        }
      }
      if (newline == 0) return commas;
      if (at + __ffs(static_cast<int>(newline)) >= share_end) return kCommas;
      left &= ~(newline | (newline - 1));
      newlines ^= newline;
      commas = 0;
    }
  }

  __device__ void share(u64 begin, u64 end) {
    u32 commas = begin == 0 || bytes.data[begin - 1] == '\n' ? 0 : kCommas;
    u64 at = begin;
    for (; at < end; at += 32) commas = block(at, end, commas);
    for (; at < bytes.size && commas < kCommas; at += 32) commas = block(at, end, commas);
  }
};

__device__ u64 block_sum(u64 value, u64* scratch) {
  for (u32 step = 16; step > 0; step /= 2) value += __shfl_down_sync(0xFFFFFFFF, value, step);
  if (threadIdx.x % 32 == 0) scratch[threadIdx.x / 32] = value;
  __syncthreads();
  u64 sum = 0;
  if (threadIdx.x == 0) {
    for (u32 warp = 0; warp < kThreads / 32; ++warp) sum += scratch[warp];
  }
  __syncthreads();
  return sum;
}

__global__ void __launch_bounds__(kThreads)
    filter_fields(DeviceBytes bytes, u32 share, u32 threshold, RecordTarget target,
                  unsigned long long* words) {
  __shared__ RecordStage stage;
  __shared__ u64 scratch[kThreads / 32];
  stage.begin();
  Totals totals;
  RowWalk walk{bytes, threshold, target, stage, totals};
  const u64 stride = u64{gridDim.x} * kThreads * share;
  for (u64 block = u64{blockIdx.x} * kThreads * share; block < bytes.size; block += stride) {
    const u64 begin = block + u64{threadIdx.x} * share;
    if (begin < bytes.size) {
      walk.share(begin, begin + share < bytes.size ? begin + share : bytes.size);
    }
    stage.flush(target);
  }
  const u64 rows = block_sum(totals.rows, scratch);
  const u64 total = block_sum(totals.total, scratch);
  if (threadIdx.x != 0) return;
  atomicAdd(words, rows);
  atomicAdd(words + 1, total);
}

constexpr u32 kShares[] = {128, 256, 512};

class FieldFilter final : public Task {
 public:
  FieldFilter(u32 threshold, u64 max_records)
      : threshold_(threshold), records_(max_records), words_(2) {
    int blocks = 0;
    cuda(cudaOccupancyMaxActiveBlocksPerMultiprocessor(&blocks, filter_fields, kThreads, 0));
    blocks_ = multiprocessors() * static_cast<u32>(blocks);
  }
  [[nodiscard]] std::vector<std::string> ways() const override {
    std::vector<std::string> names;
    for (const u32 share : kShares) names.push_back(std::to_string(share) + " bytes per thread");
    return names;
  }
  void run(std::size_t way, DeviceBytes bytes) override {
    records_.clear_async();
    cuda(cudaMemsetAsync(words_.data(), 0, 2 * sizeof(u64)));
    filter_fields<<<blocks_, kThreads>>>(bytes, kShares[way], threshold_, records_.target(),
                                         words_.data());
    cuda(cudaGetLastError());
    cuda(cudaDeviceSynchronize());
  }
  [[nodiscard]] Answer answer() override {
    std::array<unsigned long long, 2> words{};
    words_.download(words.data(), 2);
    return {{words[0], words[1]}, records_.digest()};
  }

 private:
  u32 threshold_;
  u32 blocks_ = 0;
  RecordBuffer records_;
  DeviceArray<unsigned long long> words_;
};

}  // namespace

std::unique_ptr<Task> make_field_filter(u32 threshold, u64 max_records) {
  return std::make_unique<FieldFilter>(threshold, max_records);
}

}  // namespace vyre::bench::gpu::hand
