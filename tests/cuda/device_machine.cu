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

/// Where one chunk's buffers are.
struct PlacedChunk {
  std::size_t bytes;
  std::size_t outcome;
  std::size_t records;
  std::size_t output;
  std::size_t park;
  std::size_t inbox;
};

namespace {

/// What a block shares.
struct Shared {
  kernel::Registers registers;
  kernel::RecordSink sink;
};

/// A thread block's own: where it counts records, and what its run ended with.
struct BlockState {
  u64 record_total;
  /// kernel::kParked while the chunk is to run, first or again.
  u32 fault_code;
};

template <class Platform>
__global__ void __launch_bounds__(kLanes, 4)
    run_chunks(kernel::ProgramView program, const kernel::Chunk* chunks, BlockState* states) {
  extern __shared__ __align__(64) unsigned char storage[];
  Shared& shared = *reinterpret_cast<Shared*>(storage);
  BlockState& state = states[blockIdx.x];
  if (state.fault_code != kernel::kParked) return;
  const kernel::Chunk chunk = chunks[blockIdx.x];
  if (threadIdx.x == 0) shared.sink.total = &state.record_total;
  __syncthreads();
  Platform platform;
  const kernel::SlotResult result =
      platform.run_chunk(kernel::BlockGroup{}, program, chunk, shared.registers, shared.sink);
  if (threadIdx.x == 0) state.fault_code = result.fault_code;
}

using RunChunks = void (*)(kernel::ProgramView, const kernel::Chunk*, BlockState*);

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

std::size_t needed_by(const DeviceChunk& chunk, u32 io_bytes) {
  return DeviceMemory::needed(chunk.shift + chunk.bytes.size()) +
         DeviceMemory::needed(sizeof(wire::OutcomeHeader)) +
         DeviceMemory::needed(chunk.options.record_capacity * sizeof(wire::Record)) +
         DeviceMemory::needed(chunk.options.output_capacity) +
         DeviceMemory::needed(sizeof(kernel::Park)) + DeviceMemory::needed(io_bytes);
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

PlacedChunk place(DeviceMemory& memory, const DeviceChunk& chunk, u32 io_bytes) {
  const std::size_t bytes = memory.take(chunk.shift + chunk.bytes.size()) + chunk.shift;
  std::copy(chunk.bytes.begin(), chunk.bytes.end(), memory.host<char>(bytes));
  const PlacedChunk placed{bytes,
                           memory.take(sizeof(wire::OutcomeHeader)),
                           memory.take(chunk.options.record_capacity * sizeof(wire::Record)),
                           memory.take(chunk.options.output_capacity),
                           memory.take(sizeof(kernel::Park)),
                           memory.take(io_bytes)};
  auto& header = *memory.host<wire::OutcomeHeader>(placed.outcome);
  std::copy(chunk.options.carry.begin(), chunk.options.carry.end(), header.carry);
  return placed;
}

ChunkRun take(const DeviceMemory& memory, const DeviceChunk& chunk, const PlacedChunk& placed) {
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

// Runs that wait for a resource are served and run again until none is left.
void DeviceMachine::run_all(const kernel::ProgramView& program, std::span<const DeviceChunk> chunks,
                            std::span<const PlacedChunk> placed, std::size_t work_at) {
  DeviceMemory& memory = *memory_;
  const std::vector<BlockState> states(chunks.size(), {0, kernel::kParked});
  const std::size_t states_at = put(memory, states.data(), states.size());
  bool parked = true;
  while (parked) {
    memory.upload();
    kernel_of(routines_)<<<static_cast<unsigned>(chunks.size()), kLanes, sizeof(Shared)>>>(
        program, memory.device<kernel::Chunk>(work_at), memory.device<BlockState>(states_at));
    VYRE_CUDA_CHECK(cudaGetLastError());
    VYRE_CUDA_CHECK(cudaDeviceSynchronize());
    memory.download();
    parked = false;
    for (std::size_t i = 0; i < chunks.size(); ++i) {
      if (memory.host<BlockState>(states_at)[i].fault_code != kernel::kParked) continue;
      parked = true;
      serve_load(*memory.host<kernel::Park>(placed[i].park), chunks[i].options.resources,
                 {memory.host<u8>(placed[i].inbox), program.io_bytes});
      memory.host<kernel::Chunk>(work_at)[i].resumes = 1;
    }
  }
}

std::vector<ChunkRun> DeviceMachine::run(const ProgramImage& program,
                                         std::span<const DeviceChunk> chunks,
                                         std::span<u32> window) {
  DeviceMemory& memory = *memory_;
  const u32 io_bytes = program.view().io_bytes;
  std::size_t bytes = needed_by(program.view()) + DeviceMemory::needed(window.size_bytes()) +
                      DeviceMemory::needed(chunks.size() * sizeof(kernel::Chunk)) +
                      DeviceMemory::needed(chunks.size() * sizeof(BlockState));
  for (const DeviceChunk& chunk : chunks) bytes += needed_by(chunk, io_bytes);
  memory.begin(bytes);

  const kernel::ProgramView view = put(memory, program.view());
  const std::size_t window_at = put(memory, window.data(), window.size());
  std::vector<PlacedChunk> placed;
  std::vector<kernel::Chunk> work;
  for (const DeviceChunk& chunk : chunks) {
    const PlacedChunk& at = placed.emplace_back(place(memory, chunk, io_bytes));
    work.push_back({.bytes = memory.device<u8>(at.bytes),
                    .length = static_cast<u32>(chunk.bytes.size()),
                    .own_begin = chunk.own.begin,
                    .own_end = chunk.own.end,
                    .file_offset = chunk.options.file_offset,
                    .outcome = memory.device<wire::OutcomeHeader>(at.outcome),
                    .records = memory.device<wire::Record>(at.records),
                    .record_capacity = chunk.options.record_capacity,
                    .output = memory.device<u8>(at.output),
                    .output_capacity = chunk.options.output_capacity,
                    .window = memory.device<u32>(window_at),
                    .window_words = static_cast<u32>(window.size()),
                    .park = memory.device<kernel::Park>(at.park),
                    .inbox = memory.device<u8>(at.inbox)});
  }
  run_all(view, chunks, placed, put(memory, work.data(), work.size()));

  std::copy_n(memory.host<u32>(window_at), window.size(), window.begin());
  std::vector<ChunkRun> runs;
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    runs.push_back(take(memory, chunks[i], placed[i]));
  }
  return runs;
}

}  // namespace vyre::testing
