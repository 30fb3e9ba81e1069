#pragma once

#include <string_view>
#include <vector>

#include "kernel/automaton.hpp"
#include "kernel/chunk.hpp"
#include "vyre/program.hpp"

// Runs a program on a chunk with the kernel's own reference scan: no queue, no thread.
namespace vyre::testing {

struct ReferencePlatform {
  void scan(kernel::HostGroup group, const kernel::TableView& table, const kernel::TileView& tile,
            kernel::RecordSink& sink, u32* counts) {
    kernel::reference_scan(group, kernel::view_automaton(table.bytes), tile, sink, counts);
  }
  void sort(wire::Record* records, u32 count) { kernel::sort_records(records, count); }
};

struct OwnPart {
  u32 begin;
  u32 end;
};

struct ChunkRun {
  wire::OutcomeHeader outcome;
  /// Empty where the outcome overflowed.
  std::vector<wire::Record> records;
};

/// `capacity` records are kept.
ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk, OwnPart own,
                       u32 capacity = 1u << 16, u64 file_offset = 0);

/// The same, with all of the chunk its own.
ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk);

}  // namespace vyre::testing
