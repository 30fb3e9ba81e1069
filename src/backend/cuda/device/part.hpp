#pragma once

#include "backend/cuda/device/device_platform.hpp"
#include "backend/cuda/device/device_words.hpp"
#include "backend/cuda/device/staging.hpp"
#include "backend/cuda/device/worker_shared.hpp"
#include "kernel/block_group.hpp"
#include "kernel/interpreter.hpp"

#if defined(__CUDACC__)

// A part of a chunk: tiles that one worker takes, in ascending order, while others may take others.
namespace vyre::backend::device {

using Run = kernel::TileRun<kernel::BlockGroup, DevicePlatform>;

/// How a worker's tiles are run: all of them by the interpreter.
struct Interpreter {
  __device__ static kernel::ProgramFault run_tile(Run& run) { return kernel::run_tile(run); }
};

/// Says what this worker is at; the leader.
__device__ inline void note(const DeviceContext& device, WorkerShared& shared, kernel::Claim claim,
                            u32 tile) {
  volatile uint4* journal = reinterpret_cast<volatile uint4*>(device.workers_journal + blockIdx.x);
  asm volatile("st.volatile.global.v4.u32 [%0], {%1, %2, %3, %4};" ::"l"(journal), "r"(claim.queue),
               "r"(claim.position), "r"(tile), "r"(++shared.beat)
               : "memory");
}

__device__ inline bool begins_with(u64 marker, const ChunkState& chunk, u32 tile) {
  const kernel::Chunk& opened = chunk.chunk;
  const u64 at = opened.own_begin + u64{tile} * kTileBytes;
  if (at + sizeof marker > opened.own_end) return false;
  for (u32 i = 0; i < sizeof marker; ++i) {
    if (opened.bytes[at + i] != static_cast<u8>(marker >> (8 * i))) return false;
  }
  return true;
}

/// The fault that a test asked for, when its tile has come; the leader.
__device__ inline void inject(const Injection& injection, const ChunkState& chunk, u32 tile) {
  if (injection.kind == 0) return;
  const bool here = injection.marker != 0 ? begins_with(injection.marker, chunk, tile)
                                          : atomicAdd(injection.tiles, 1u) == injection.at_tile;
  if (!here) return;
  if (injection.kind == 1) *reinterpret_cast<volatile u32*>(u64{64}) = 0;
  while (injection.kind == 2) __nanosleep(1000);
}

/// Ends the chunk at its tile `number`, and its other tiles too: those before it have been taken
/// already. The leader.
__device__ inline void end_at(ChunkState& chunk, u32 number, kernel::ProgramFault fault) {
  atomicMin(reinterpret_cast<unsigned long long*>(&chunk.fault), pack_fault(number, fault));
  atomicMax(&chunk.next_tile, chunk.tiles);
}

/// True where the host wants the chunk to end, which then ends at this tile; the leader.
__device__ inline bool end_if_cancelled(ChunkState& chunk, u32 number) {
  const u32 code = kernel::cancellation(chunk.chunk);
  if (code != 0) end_at(chunk, number, {code, 0});
  return code != 0;
}

/// The next tile of the chunk for this worker; the chunk's number of tiles or more where there is
/// none. All threads.
__device__ inline u32 take_tile(const DeviceContext& device, ChunkState& chunk,
                                WorkerShared& shared) {
  if (threadIdx.x == 0) {
    shared.tile = atomicAdd(&chunk.next_tile, 1u);
    // Seen by the last part, as what the parts add up is.
    if (shared.tile == 0 && device.context.keep_times != 0) {
      chunk.begun = kernel::machine_nanoseconds();
    }
    if (shared.tile < chunk.tiles) {
      note(device, shared, chunk.claim, shared.tile);
      inject(device.injection, chunk, shared.tile);
      if (end_if_cancelled(chunk, shared.tile)) shared.tile = chunk.tiles;
    }
  }
  __syncthreads();
  const u32 tile = shared.tile;
  __syncthreads();
  return tile;
}

/// The tile with which a part begins: the next one, or, of a chunk that was parked, the one that
/// waited. All threads.
__device__ inline u32 first_tile(const DeviceContext& device, ChunkState& chunk,
                                 WorkerShared& shared) {
  if (chunk.chunk.resumes == 0) return take_tile(device, chunk, shared);
  const u32 tile = chunk.chunk.park->tiles;
  if (threadIdx.x == 0) note(device, shared, chunk.claim, tile);
  return tile;
}

/// Runs tiles until there are none left, one faults or the host cancels the slot. True where one
/// waits for I/O. `Tiles` is an Interpreter, or the like.
template <class Tiles>
__device__ bool run_tiles(const DeviceContext& device, ChunkState& chunk, WorkerShared& shared,
                          Run& run, kernel::TileView& tile) {
  const kernel::Chunk& opened = chunk.chunk;
  u8* staging = device.staging + static_cast<u64>(blockIdx.x) * kWorkerBytes;
  const bool near = chunk.region->near_workers != 0;
  for (u32 number = first_tile(device, chunk, shared); number < chunk.tiles;
       number = take_tile(device, chunk, shared)) {
    tile = kernel::make_tile(opened.bytes, opened.length, opened.file_offset,
                             opened.own_begin + number * kTileBytes, opened.own_end);
    if (!near) {
      tile = stage(tile, run.program, staging);
      __syncthreads();
    }
    const kernel::ProgramFault fault = Tiles::run_tile(run);
    __syncthreads();
    if (fault.code == 0) continue;
    if (fault.code == kernel::kParked) {
      if (threadIdx.x == 0) chunk.chunk.park->tiles = number;
      return true;
    }
    if (threadIdx.x == 0) end_at(chunk, number, fault);
    return false;
  }
  return false;
}

/// Combines a word of a part into the chunk's.
__device__ inline void combine_into(u64* word, wire::CombineKind kind, u64 value) {
  auto* target = reinterpret_cast<unsigned long long*>(word);
  switch (kind) {
    case wire::CombineKind::kSum:
      atomicAdd(target, value);
      return;
    case wire::CombineKind::kMin:
      atomicMin(target, value);
      return;
    case wire::CombineKind::kMax:
      atomicMax(target, value);
      return;
    case wire::CombineKind::kOr:
      atomicOr(target, value);
      return;
    case wire::CombineKind::kXor:
    case wire::CombineKind::kCrc32c:
      atomicXor(target, value);
      return;
  }
}

/// Adds what the part found to the chunk; all threads. True, for all, where it was the last part.
__device__ inline bool end_part(ChunkState& chunk, WorkerShared& shared, const Run& run) {
  const kernel::ProgramView& program = run.program;
  if (chunk.parts > 1) {
    for (u32 i = threadIdx.x; i < program.result_count; i += kLanes) {
      const u64 value = shared.registers.results[i];
      if (value == wire::combine_identity(program.combines[i])) continue;
      combine_into(chunk.results + i, program.combines[i], value);
    }
  }
  __threadfence();
  __syncthreads();
  if (threadIdx.x == 0) {
    add(&chunk.fuel, run.fuel);
    shared.last_part = wire::fetch_add(&chunk.parts_left, 0u - 1) == 1 ? 1 : 0;
  }
  __syncthreads();
  return shared.last_part != 0;
}

}  // namespace vyre::backend::device

#endif
