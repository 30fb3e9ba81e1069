#pragma once

#include "kernel/automaton.hpp"
#include "kernel/chunk.hpp"
#include "kernel/class_bitmap.hpp"
#include "kernel/count_byte.hpp"
#include "kernel/crc32c.hpp"
#include "kernel/find_literal.hpp"
#include "kernel/histogram.hpp"
#include "kernel/machine_clock.hpp"
#include "kernel/xxh64.hpp"

namespace vyre::kernel {

/// The macro-instructions as every machine can run them; what a machine has faster equals this bit
/// for bit. The part of a Platform (see kernel/worker.hpp) that programs need.
struct PortablePlatform {
  template <class Group>
  VYRE_HOST_DEVICE void scan(Group group, const TableView& table, const TileView& tile,
                             RecordSink& sink, u32* scratch) {
    kernel::reference_scan(group, view_automaton(table.bytes), tile, sink, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE u64 count_byte(Group group, const TileView& tile, u8 wanted, u32* scratch) {
    return kernel::count_byte(group, tile, wanted, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE void class_bitmap(Group group, const TileView& tile, const u8* set, u64 start,
                                     u32* target) {
    kernel::class_bitmap(group, tile, set, start, target);
  }
  template <class Group>
  VYRE_HOST_DEVICE void histogram(Group group, const TileView& tile, u64* words, u32* scratch) {
    kernel::histogram(group, tile, words, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE u64 find_count(Group group, const TileView& tile, const Literal& literal,
                                  u32* scratch) {
    return kernel::find_count(group, tile, literal, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE void find_emit(Group group, const TileView& tile, const Literal& literal,
                                  u32 value, RecordSink& sink, u32* scratch) {
    kernel::find_emit(group, tile, literal, value, sink, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE u32 crc32c_part(Group group, const TileView& tile, u32* scratch) {
    return kernel::crc32c_part(group, tile, scratch);
  }
  template <class Group>
  VYRE_HOST_DEVICE u64 xxh64(Group group, const TileView& tile, u64* accumulators, u32* scratch) {
    return kernel::xxh64_tile(group, tile, accumulators, scratch);
  }
  VYRE_HOST_DEVICE void begin_slot(Claim) {}
  VYRE_HOST_DEVICE void begin_tile(const TileView&) {}
  VYRE_HOST_DEVICE void end_slot() {}
  template <class Group>
  VYRE_HOST_DEVICE SlotResult run_chunk(Group group, const ProgramView& program, const Chunk& chunk,
                                        Registers& registers, RecordSink& sink) {
    return kernel::run_chunk(group, *this, program, chunk, registers, sink);
  }
  VYRE_HOST_DEVICE u64 begin_time() const { return machine_nanoseconds(); }
  VYRE_HOST_DEVICE u64 end_time() const { return machine_nanoseconds(); }
  template <class Group>
  VYRE_HOST_DEVICE void sort(Group group, wire::Record* records, u32 count, u32*) {
    if (group.leader()) sort_records(records, count);
  }
};

}  // namespace vyre::kernel
