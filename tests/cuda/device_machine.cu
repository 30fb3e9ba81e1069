#include <algorithm>
#include <cstring>

#include "backend/cuda/device/device_platform.hpp"
#include "base/check.hpp"
#include "kernel/block_group.hpp"
#include "kernel/portable_platform.hpp"
#include "tests/cuda/device_check.hpp"
#include "tests/cuda/device_machine.hpp"
#include "tests/cuda/device_memory.hpp"

namespace vyre::testing {
namespace {

/// What a block shares.
struct Shared {
  kernel::Registers registers;
  kernel::RecordSink sink;
};

template <class Platform>
__global__ void __launch_bounds__(kLanes, 4)
    run_chunks(kernel::ProgramView program, const kernel::Chunk* chunks, u64* record_totals) {
  extern __shared__ __align__(64) unsigned char storage[];
  Shared& shared = *reinterpret_cast<Shared*>(storage);
  const kernel::Chunk chunk = chunks[blockIdx.x];
  if (threadIdx.x == 0) shared.sink.total = record_totals + blockIdx.x;
  __syncthreads();
  Platform platform;
  platform.run_chunk(kernel::BlockGroup{}, program, chunk, shared.registers, shared.sink);
}

using RunChunks = void (*)(kernel::ProgramView, const kernel::Chunk*, u64*);

RunChunks kernel_of(DeviceRoutines routines) {
  return routines == DeviceRoutines::kPortable ? run_chunks<kernel::PortablePlatform>
                                               : run_chunks<backend::device::DevicePlatform>;
}

template <class T>
std::size_t put(DeviceMemory& memory, const T* values, std::size_t count) {
  const std::size_t offset = memory.take(count * sizeof(T));
  if (count != 0) std::memcpy(memory.host<std::byte>(offset), values, count * sizeof(T));
  return offset;
}

std::size_t needed_by(const kernel::ProgramView& program) {
  std::size_t bytes = DeviceMemory::needed(program.code_length * sizeof(u64)) +
                      DeviceMemory::needed(program.table_count * sizeof(kernel::TableView)) +
                      DeviceMemory::needed(program.result_count * sizeof(wire::CombineKind)) +
                      DeviceMemory::needed(program.window_count * sizeof(kernel::WindowRange));
  for (u32 i = 0; i < program.table_count; ++i) {
    bytes += DeviceMemory::needed(program.tables[i].size);
  }
  return bytes;
}

std::size_t needed_by(const DeviceChunk& chunk) {
  return DeviceMemory::needed(chunk.shift + chunk.bytes.size()) +
         DeviceMemory::needed(sizeof(wire::OutcomeHeader)) +
         DeviceMemory::needed(chunk.options.record_capacity * sizeof(wire::Record)) +
         DeviceMemory::needed(chunk.options.output_capacity);
}

kernel::ProgramView put(DeviceMemory& memory, const kernel::ProgramView& program) {
  kernel::ProgramView view = program;
  view.code = memory.device<u64>(put(memory, program.code, program.code_length));
  view.combines =
      memory.device<wire::CombineKind>(put(memory, program.combines, program.result_count));
  view.windows =
      memory.device<kernel::WindowRange>(put(memory, program.windows, program.window_count));
  std::vector<kernel::TableView> tables(program.tables, program.tables + program.table_count);
  for (kernel::TableView& table : tables) {
    table.bytes = memory.device<u8>(put(memory, table.bytes, table.size));
  }
  view.tables = memory.device<kernel::TableView>(put(memory, tables.data(), tables.size()));
  return view;
}

/// Where one chunk's buffers are.
struct Placed {
  std::size_t bytes;
  std::size_t outcome;
  std::size_t records;
  std::size_t output;
};

Placed place(DeviceMemory& memory, const DeviceChunk& chunk) {
  const std::size_t bytes = memory.take(chunk.shift + chunk.bytes.size()) + chunk.shift;
  std::copy(chunk.bytes.begin(), chunk.bytes.end(), memory.host<char>(bytes));
  const Placed placed{bytes, memory.take(sizeof(wire::OutcomeHeader)),
                      memory.take(chunk.options.record_capacity * sizeof(wire::Record)),
                      memory.take(chunk.options.output_capacity)};
  auto& header = *memory.host<wire::OutcomeHeader>(placed.outcome);
  std::copy(chunk.options.carry.begin(), chunk.options.carry.end(), header.carry);
  return placed;
}

ChunkRun take(const DeviceMemory& memory, const DeviceChunk& chunk, const Placed& placed) {
  ChunkRun run{*memory.host<wire::OutcomeHeader>(placed.outcome), {}, {}};
  if (run.outcome.record_count <= chunk.options.record_capacity) {
    const auto* records = memory.host<wire::Record>(placed.records);
    run.records.assign(records, records + run.outcome.record_count);
  }
  if (run.outcome.output_bytes <= chunk.options.output_capacity) {
    const auto* output = memory.host<std::byte>(placed.output);
    run.output.assign(output, output + run.outcome.output_bytes);
  }
  return run;
}

}  // namespace

struct DeviceMachine::Memory : DeviceMemory {};

std::string DeviceMachine::missing() {
  int devices = 0;
  const cudaError_t error = cudaGetDeviceCount(&devices);
  if (error != cudaSuccess) return std::string("no CUDA device: ") + cudaGetErrorString(error);
  return devices == 0 ? "no CUDA device: the driver has none" : "";
}

DeviceMachine::DeviceMachine(DeviceRoutines routines)
    : routines_(routines), memory_(std::make_unique<Memory>()) {
  VYRE_CUDA_CHECK(cudaFuncSetAttribute(kernel_of(routines),
                                       cudaFuncAttributeMaxDynamicSharedMemorySize,
                                       static_cast<int>(sizeof(Shared))));
}

DeviceMachine::~DeviceMachine() = default;

std::vector<ChunkRun> DeviceMachine::run(const ProgramImage& program,
                                         std::span<const DeviceChunk> chunks,
                                         std::span<u32> window) {
  DeviceMemory& memory = *memory_;
  std::size_t bytes = needed_by(program.view()) + DeviceMemory::needed(window.size_bytes()) +
                      DeviceMemory::needed(chunks.size() * sizeof(kernel::Chunk)) +
                      DeviceMemory::needed(chunks.size() * sizeof(u64));
  for (const DeviceChunk& chunk : chunks) bytes += needed_by(chunk);
  memory.begin(bytes);

  const kernel::ProgramView view = put(memory, program.view());
  const std::size_t window_at = put(memory, window.data(), window.size());
  std::vector<Placed> placed;
  std::vector<kernel::Chunk> work;
  for (const DeviceChunk& chunk : chunks) {
    const Placed& at = placed.emplace_back(place(memory, chunk));
    work.push_back({memory.device<u8>(at.bytes), static_cast<u32>(chunk.bytes.size()),
                    chunk.own.begin, chunk.own.end, chunk.options.file_offset,
                    memory.device<wire::OutcomeHeader>(at.outcome),
                    memory.device<wire::Record>(at.records), chunk.options.record_capacity,
                    memory.device<u8>(at.output), chunk.options.output_capacity,
                    memory.device<u32>(window_at), static_cast<u32>(window.size())});
  }
  const std::size_t work_at = put(memory, work.data(), work.size());
  const std::size_t totals_at = memory.take(chunks.size() * sizeof(u64));
  memory.upload();
  kernel_of(routines_)<<<static_cast<unsigned>(chunks.size()), kLanes, sizeof(Shared)>>>(
      view, memory.device<kernel::Chunk>(work_at), memory.device<u64>(totals_at));
  VYRE_CUDA_CHECK(cudaGetLastError());
  VYRE_CUDA_CHECK(cudaDeviceSynchronize());
  memory.download();

  std::copy_n(memory.host<u32>(window_at), window.size(), window.begin());
  std::vector<ChunkRun> runs;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    runs.push_back(take(memory, chunks[i], placed[i]));
  }
  return runs;
}

}  // namespace vyre::testing
