#include <array>

#include "hand.hpp"
#include "record_buffer.cuh"
#include "wire/crc32c_field.hpp"

namespace vyre::bench::gpu::hand {
namespace {

constexpr u32 kThreads = 1024;
constexpr u32 kLanes = 32;
/// Bytes that a thread takes at once, in one piece.
constexpr u32 kShare = 1024;

/// Table k: what byte k of a word, counted from its last, does to the remainder. One column per
/// lane of a warp, so that lanes never meet in a bank; 128 KiB, a word at a time.
struct ColumnTables {
  static constexpr u32 kTables = 4;
  static constexpr u32 kSharedWords = kTables * 256 * kLanes;
  const u32* column;

  __device__ ColumnTables(const u32* tables, u32* shared) : column(shared + threadIdx.x % kLanes) {
    for (u32 i = threadIdx.x; i < kSharedWords; i += kThreads) shared[i] = tables[i / kLanes];
  }
  __device__ u32 look(u32 table, u32 byte) const { return column[(table * 256 + byte) * kLanes]; }
  __device__ u32 step(u32 crc, const u32* words) const {
    for (u32 i = 0; i < 8; ++i) {
      const u32 word = crc ^ words[i];
      crc = look(3, word & 0xFF) ^ look(2, word >> 8 & 0xFF) ^ look(1, word >> 16 & 0xFF) ^
            look(0, word >> 24);
    }
    return crc;
  }
};

/// One copy of eight tables for all lanes; 8 KiB, two words at a time.
struct SharedTables {
  static constexpr u32 kTables = 8;
  static constexpr u32 kSharedWords = kTables * 256;
  const u32* shared;

  __device__ SharedTables(const u32* tables, u32* memory) : shared(memory) {
    for (u32 i = threadIdx.x; i < kSharedWords; i += kThreads) memory[i] = tables[i];
  }
  __device__ u32 look(u32 table, u32 byte) const { return shared[table * 256 + byte]; }
  __device__ u32 step(u32 crc, const u32* words) const {
    for (u32 i = 0; i < 8; i += 2) {
      const u32 first = crc ^ words[i];
      const u32 second = words[i + 1];
      crc = look(7, first & 0xFF) ^ look(6, first >> 8 & 0xFF) ^ look(5, first >> 16 & 0xFF) ^
            look(4, first >> 24) ^ look(3, second & 0xFF) ^ look(2, second >> 8 & 0xFF) ^
            look(1, second >> 16 & 0xFF) ^ look(0, second >> 24);
    }
    return crc;
  }
};

struct Words {
  uint4 low;
  uint4 high;
};

__device__ __forceinline__ Words load(const u8* at) {
  const uint4* const from = reinterpret_cast<const uint4*>(at);
  return {__ldg(from), __ldg(from + 1)};
}

/// The remainder of `length` bytes from 32-byte aligned `data`.
template <class Tables>
__device__ u32 remainder_of(const Tables& tables, const u8* data, u32 length) {
  u32 crc = 0;
  u32 at = 0;
  Words next = load(data);
  for (; at + 32 <= length; at += 32) {
    const Words now = next;
    next = load(data + at + 32);
    const u32 words[8] = {now.low.x,  now.low.y,  now.low.z,  now.low.w,
                          now.high.x, now.high.y, now.high.z, now.high.w};
    crc = tables.step(crc, words);
  }
  for (; at < length; ++at) crc = crc >> 8 ^ tables.look(0, (crc ^ data[at]) & 0xFF);
  return crc;
}

/// XORs into `crc` the remainder of all bytes. `stride_power` is x^(8 * bytes of all shares that
/// the grid takes at once).
template <class Tables, int kBlocks>
__global__ void __launch_bounds__(kThreads, kBlocks)
    sum_remainders(DeviceBytes bytes, const u32* table_words, u32 stride_power, u32* crc) {
  extern __shared__ u32 shared[];
  const Tables tables(table_words, shared);
  __syncthreads();
  const u64 stride = u64{gridDim.x} * kThreads * kShare;
  u64 at = (u64{blockIdx.x} * kThreads + threadIdx.x) * kShare;
  u32 sum = 0;
  u64 end = 0;
  for (; at < bytes.size; at += stride) {
    const u32 length = bytes.size - at < kShare ? static_cast<u32>(bytes.size - at) : kShare;
    const u32 power =
        length == kShare ? stride_power : wire::crc32c_shift(stride - kShare + length);
    sum = wire::crc32c_multiply(sum, power) ^ remainder_of(tables, bytes.data + at, length);
    end = at + length;
  }
  if (sum != 0) sum = wire::crc32c_multiply(sum, wire::crc32c_shift(bytes.size - end));
  sum = __reduce_xor_sync(0xFFFFFFFF, sum);
  if (threadIdx.x % kLanes == 0) atomicXor(crc, sum);
}

std::array<u32, 8 * 256> make_tables() {
  std::array<u32, 8 * 256> tables{};
  for (u32 byte = 0; byte < 256; ++byte) {
    u32 value = byte;
    for (u32 table = 0; table < 8; ++table) {
      for (u32 bit = 0; bit < 8; ++bit) value = wire::crc32c_times_x(value);
      tables[table * 256 + byte] = value;
    }
  }
  return tables;
}

class Crc32c final : public Task {
 public:
  Crc32c() : tables_(8 * 256), crc_(1) {
    const auto tables = make_tables();
    tables_.upload(tables.data(), tables.size());
    cuda(cudaFuncSetAttribute(sum_remainders<ColumnTables, 1>,
                              cudaFuncAttributeMaxDynamicSharedMemorySize,
                              ColumnTables::kSharedWords * sizeof(u32)));
  }
  [[nodiscard]] std::vector<std::string> ways() const override {
    return {"4 tables, a column per lane", "8 tables"};
  }
  void run(std::size_t way, DeviceBytes bytes) override {
    bytes_ = bytes.size;
    cuda(cudaMemsetAsync(crc_.data(), 0, sizeof(u32)));
    if (way == 0) {
      launch<ColumnTables, 1>(bytes);
    } else {
      launch<SharedTables, 2>(bytes);
    }
    cuda(cudaGetLastError());
    cuda(cudaDeviceSynchronize());
  }
  [[nodiscard]] Answer answer() override {
    u32 crc = 0;
    crc_.download(&crc, 1);
    return {{~(crc ^ wire::crc32c_multiply(~u32{0}, wire::crc32c_shift(bytes_)))}, {}};
  }

 private:
  template <class Tables, int kBlocks>
  void launch(DeviceBytes bytes) {
    const u32 blocks = multiprocessors_ * kBlocks;
    const u32 power = wire::crc32c_shift(u64{blocks} * kThreads * kShare);
    sum_remainders<Tables, kBlocks><<<blocks, kThreads, Tables::kSharedWords * sizeof(u32)>>>(
        bytes, tables_.data(), power, crc_.data());
  }

  u32 multiprocessors_ = hand::multiprocessors();
  u64 bytes_ = 0;
  DeviceArray<u32> tables_;
  DeviceArray<u32> crc_;
};

}  // namespace

std::unique_ptr<Task> make_crc32c() { return std::make_unique<Crc32c>(); }

}  // namespace vyre::bench::gpu::hand
