#include <algorithm>

#include "dfa_rows.hpp"
#include "hand.hpp"
#include "record_buffer.cuh"

namespace vyre::bench::gpu::hand {
namespace {

/// Threads of a block, by blocks per multiprocessor: so that each has the registers that it needs.
__host__ __device__ constexpr u32 threads_of(int blocks) { return blocks == 1 ? 1024 : 768; }
constexpr u32 kRowBytes = 256 * sizeof(u16);

/// One automaton in device memory.
struct Dfa {
  const u8* table;
  const u16* rows;
  u32 first_accept;
  u32 start;
  /// Bytes before a share that decide the state in which it begins, in whole blocks of 32.
  u32 warm_up;
  /// Rows that are copied to shared memory, the first ones.
  u32 hot;
};

struct Job {
  Dfa dfa;
  DeviceBytes bytes;
  u32 share;
  RecordTarget target;
};

/// Accepting states that the walk has met, to be looked at by all threads together: a check takes
/// many steps, and in the walk the other lanes of the warp would wait for them.
struct Accepts {
  static constexpr u32 kMost = 2048;
  /// Offset from the block's first byte, and the state.
  uint2 met[kMost];
  u32 count;
};

/// What a block shares; the hot rows follow it.
struct Shared {
  Accepts accepts;
  alignas(16) uint4 hot_rows[1];
};

__device__ __forceinline__ Shared& shared_memory() {
  extern __shared__ uint4 shared[];
  return *reinterpret_cast<Shared*>(shared);
}

/// kAllHot: every row is in shared memory.
template <bool kAllHot>
__device__ __forceinline__ u32 next(const Dfa& dfa, u32 state, u32 byte) {
  const u32 at = state << 8 | byte;
  if (kAllHot || state < dfa.hot) {
    return reinterpret_cast<const u16*>(shared_memory().hot_rows)[at];
  }
  return __ldg(dfa.rows + at);
}

__device__ bool passes(const Job& job, const wire::AutomatonCheck& check, u64 at) {
  const u8* const classes = job.dfa.table + check.byte_class_offset;
  const u16* const transitions =
      reinterpret_cast<const u16*>(job.dfa.table + check.transitions_offset);
  const u64 end = job.bytes.size - at < check.limit ? job.bytes.size : at + check.limit;
  u32 state = check.start;
  for (; state > 1 && at < end; ++at) {
    state = transitions[(state << check.class_bits) | classes[job.bytes.data[at]]];
  }
  return state != 0;
}

__device__ void report(const Job& job, u32 state, u64 position) {
  const u8* const table = job.dfa.table;
  const auto& header = *reinterpret_cast<const wire::AutomatonHeader*>(table);
  const auto* const accept =
      reinterpret_cast<const u32*>(table + header.accept_offset) + (state - job.dfa.first_accept);
  const auto* const members =
      reinterpret_cast<const wire::AutomatonMember*>(table + header.members_offset);
  const auto* const checks =
      reinterpret_cast<const wire::AutomatonCheck*>(table + header.checks_offset);
  for (u32 i = accept[0]; i < accept[1]; ++i) {
    const u32 check = members[i].check;
    if (check == wire::kNoCheck || passes(job, checks[check], position + 1)) {
      const u64 at = atomicAdd(reinterpret_cast<unsigned long long*>(job.target.count), 1);
      job.target.put(at, {position, members[i].value, 0});
    }
  }
}

/// Walks kLength bytes at `at` again and notes the accepting states.
template <bool kAllHot, u32 kLength>
__device__ __noinline__ void note_accepts(const Job& job, u32 state, u64 at, u64 block_begin) {
  Accepts& accepts = shared_memory().accepts;
  const u64 end = at + kLength < job.bytes.size ? at + kLength : job.bytes.size;
  for (; at < end; ++at) {
    state = next<kAllHot>(job.dfa, state, job.bytes.data[at]);
    if (state < job.dfa.first_accept) continue;
    const u32 place = atomicAdd(&accepts.count, 1u);
    if (place < Accepts::kMost) {
      accepts.met[place] = {static_cast<u32>(at - block_begin), state};
    } else {
      report(job, state, at);
    }
  }
}

/// Four bytes; `most` is the greatest state seen.
template <bool kAllHot>
__device__ __forceinline__ void walk_word(const Dfa& dfa, u32 four, u32& state, u32& most) {
  state = next<kAllHot>(dfa, state, four & 0xFF);
  most = max(most, state);
  state = next<kAllHot>(dfa, state, four >> 8 & 0xFF);
  most = max(most, state);
  state = next<kAllHot>(dfa, state, four >> 16 & 0xFF);
  most = max(most, state);
  state = next<kAllHot>(dfa, state, four >> 24);
  most = max(most, state);
}

/// What ends in [begin, end); begin is a multiple of 32. kNoted: bytes that are walked again where
/// one of them ends in an accepting state; 4 suits tables that accept often, 32 others.
template <bool kAllHot, u32 kNoted>
__device__ __forceinline__ void walk_share(const Job& job, u64 block_begin, u64 begin, u64 end) {
  const u32 warm_up = begin > job.dfa.warm_up ? job.dfa.warm_up : static_cast<u32>(begin);
  const uint4* from = reinterpret_cast<const uint4*>(job.bytes.data + (begin - warm_up));
  const u32 blocks = (static_cast<u32>(end - begin) + warm_up + 31) / 32;
  const u32 silent = warm_up / 32;
  u32 state = job.dfa.start;
  uint4 low = __ldg(from);
  uint4 high = __ldg(from + 1);
  for (u32 block = 0; block < blocks; ++block) {
    const u32 words[8] = {low.x, low.y, low.z, low.w, high.x, high.y, high.z, high.w};
    from += 2;
    low = __ldg(from);
    high = __ldg(from + 1);
    u32 before = state;
    u32 most = 0;
#pragma unroll
    for (u32 i = 0; i < 8; ++i) {
      walk_word<kAllHot>(job.dfa, words[i], state, most);
      if ((i + 1) * 4 % kNoted != 0) continue;
      if (most >= job.dfa.first_accept && block >= silent) {
        const u8* const at = reinterpret_cast<const u8*>(from - 2) + (i + 1) * 4 - kNoted;
        note_accepts<kAllHot, kNoted>(job, before, static_cast<u64>(at - job.bytes.data),
                                      block_begin);
      }
      before = state;
      most = 0;
    }
  }
}

/// All threads: reports what the walk has noted, and begins anew.
__device__ void report_accepts(const Job& job, u64 block_begin) {
  Accepts& accepts = shared_memory().accepts;
  __syncthreads();
  const u32 held = min(accepts.count, Accepts::kMost);
  for (u32 i = threadIdx.x; i < held; i += blockDim.x) {
    report(job, accepts.met[i].y, block_begin + accepts.met[i].x);
  }
  __syncthreads();
  if (threadIdx.x == 0) accepts.count = 0;
  __syncthreads();
}

template <bool kAllHot, u32 kNoted, int kBlocks>
__global__ void __launch_bounds__(threads_of(kBlocks), kBlocks)
    scan_bytes(const __grid_constant__ Job job) {
  constexpr u32 kThreads = threads_of(kBlocks);
  Shared& shared = shared_memory();
  const uint4* const rows = reinterpret_cast<const uint4*>(job.dfa.rows);
  for (u32 i = threadIdx.x; i < job.dfa.hot * (kRowBytes / 16); i += kThreads) {
    shared.hot_rows[i] = rows[i];
  }
  if (threadIdx.x == 0) shared.accepts.count = 0;
  __syncthreads();
  const u64 size = job.bytes.size;
  const u64 stride = u64{gridDim.x} * kThreads * job.share;
  for (u64 block = u64{blockIdx.x} * kThreads * job.share; block < size; block += stride) {
    const u64 begin = block + u64{threadIdx.x} * job.share;
    if (begin < size) {
      walk_share<kAllHot, kNoted>(job, block, begin,
                                  begin + job.share < size ? begin + job.share : size);
    }
    report_accepts(job, block);
  }
}

struct Way {
  u32 share;
  u32 noted;
  int blocks;
};
constexpr Way kWays[] = {{2048, 32, 1}, {512, 32, 2}, {2048, 32, 2}, {512, 4, 1}, {2048, 4, 1}};
/// By blocks per multiprocessor, less 1.
constexpr u32 kMaxHotBytes[] = {208 * 1024, 95 * 1024};

struct Table {
  DfaRows shape;
  DeviceArray<std::byte> table;
  DeviceArray<u16> rows;
};

class Automaton final : public Task {
 public:
  Automaton(std::span<const std::vector<std::byte>> tables, std::span<const u8> sample,
            u64 max_records)
      : records_(max_records) {
    for (const std::vector<std::byte>& bytes : tables) {
      DfaRows shape = make_rows({bytes.data(), bytes.size()}, sample);
      const std::size_t entries = shape.rows.size();
      Table& made = tables_.emplace_back(std::move(shape), DeviceArray<std::byte>(bytes.size()),
                                         DeviceArray<u16>(entries));
      made.table.upload(bytes.data(), bytes.size());
      made.rows.upload(made.shape.rows.data(), entries);
    }
    allow<true, 32, 1>();
    allow<true, 32, 2>();
    allow<true, 4, 1>();
    allow<false, 32, 1>();
    allow<false, 32, 2>();
    allow<false, 4, 1>();
  }
  [[nodiscard]] std::vector<std::string> ways() const override {
    std::vector<std::string> names;
    for (const Way& way : kWays) {
      names.push_back(std::to_string(way.share) + " bytes per thread, " +
                      std::to_string(way.blocks) + " block(s)");
    }
    return names;
  }
  void run(std::size_t index, DeviceBytes bytes) override {
    const Way& way = kWays[index];
    records_.clear_async();
    for (const Table& table : tables_) {
      if (way.blocks == 2) {
        launch<32, 2>(table, bytes, way.share);
      } else if (way.noted == 32) {
        launch<32, 1>(table, bytes, way.share);
      } else {
        launch<4, 1>(table, bytes, way.share);
      }
    }
    cuda(cudaDeviceSynchronize());
  }
  [[nodiscard]] Answer answer() override { return {{}, records_.digest()}; }

 private:
  template <bool kAllHot, u32 kNoted, int kBlocks>
  static void allow() {
    cuda(cudaFuncSetAttribute(scan_bytes<kAllHot, kNoted, kBlocks>,
                              cudaFuncAttributeMaxDynamicSharedMemorySize,
                              static_cast<int>(sizeof(Shared) + kMaxHotBytes[kBlocks - 1])));
  }
  template <u32 kNoted, int kBlocks>
  void launch(const Table& table, DeviceBytes bytes, u32 share) {
    const DfaRows& shape = table.shape;
    const u32 hot = std::min(shape.states, kMaxHotBytes[kBlocks - 1] / kRowBytes);
    const Dfa dfa{reinterpret_cast<const u8*>(table.table.data()),
                  table.rows.data(),
                  shape.first_accept,
                  shape.start,
                  (shape.window - 1 + 31) / 32 * 32,
                  hot};
    const Job job{dfa, bytes, share, records_.target()};
    const u32 blocks = multiprocessors_ * kBlocks;
    const u32 shared = static_cast<u32>(sizeof(Shared)) + hot * kRowBytes;
    if (hot == shape.states) {
      scan_bytes<true, kNoted, kBlocks><<<blocks, threads_of(kBlocks), shared>>>(job);
    } else {
      scan_bytes<false, kNoted, kBlocks><<<blocks, threads_of(kBlocks), shared>>>(job);
    }
    cuda(cudaGetLastError());
  }

  u32 multiprocessors_ = hand::multiprocessors();
  std::vector<Table> tables_;
  RecordBuffer records_;
};

}  // namespace

std::unique_ptr<Task> make_automaton(std::span<const std::vector<std::byte>> tables,
                                     std::span<const u8> sample, u64 max_records) {
  return std::make_unique<Automaton>(tables, sample, max_records);
}

}  // namespace vyre::bench::gpu::hand
