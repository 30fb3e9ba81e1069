#pragma once

#include "backend/cuda/device/automaton_walk.hpp"
#include "backend/cuda/device/block_sort.hpp"
#include "backend/cuda/device/byte_scan.hpp"
#include "backend/cuda/device/checksums.hpp"
#include "backend/cuda/device/literal_scan.hpp"
#include "kernel/chunk.hpp"

#if defined(__CUDACC__)

namespace vyre::backend::device {

/// The macro-instructions of a thread block: kernel::PortablePlatform's results, by routines for a
/// GPU. Every thread of the block calls each of them. The tile's bytes lie in device memory, at any
/// alignment; registers, scratch and sink in the block's shared memory; the sink's records and
/// total in device memory.
struct DevicePlatform {
  using Group = kernel::BlockGroup;

  /// A worker of the device tells what it is at by itself (note, in part.hpp).
  __device__ void begin_tile(const kernel::TileView&) {}

  __device__ void scan(Group, const kernel::TableView& table, const kernel::TileView& tile,
                       kernel::RecordSink& sink, u32* scratch) {
    device::scan(table.bytes, tile, sink, scratch);
  }
  __device__ u64 count_byte(Group group, const kernel::TileView& tile, u8 wanted, u32* scratch) {
    return device::count_byte(group, tile, wanted, scratch);
  }
  __device__ void class_bitmap(Group, const kernel::TileView& tile, const u8* set, u64 start,
                               u32* target) {
    device::class_bitmap(tile, set, start, target);
  }
  __device__ void histogram(Group, const kernel::TileView& tile, u64* words, u32* scratch) {
    device::histogram(tile, words, scratch);
  }
  __device__ u64 find_count(Group group, const kernel::TileView& tile,
                            const kernel::Literal& literal, u32* scratch) {
    return device::find_count(group, tile, literal, scratch);
  }
  __device__ void find_emit(Group, const kernel::TileView& tile, const kernel::Literal& literal,
                            u32 value, kernel::RecordSink& sink, u32*) {
    device::find_emit(tile, literal, value, sink);
  }
  __device__ u32 crc32c_part(Group group, const kernel::TileView& tile, u32* scratch) {
    return device::crc32c_part(group, tile, scratch);
  }
  __device__ u64 xxh64(Group group, const kernel::TileView& tile, u64* accumulators, u32* scratch) {
    return device::xxh64(group, tile, accumulators, scratch);
  }
  __device__ kernel::SlotResult run_chunk(Group group, const kernel::ProgramView& program,
                                          const kernel::Chunk& chunk, kernel::Registers& registers,
                                          kernel::RecordSink& sink) {
    return kernel::run_chunk(group, *this, program, chunk, registers, sink);
  }
  __device__ void sort(Group, wire::Record* records, u32 count, u32* scratch) {
    device::sort_block(records, count, scratch);
  }
};

}  // namespace vyre::backend::device

#endif
