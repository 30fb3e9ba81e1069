#pragma once

#include <array>
#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/chunk.hpp"
#include "kernel/context.hpp"
#include "kernel/park.hpp"
#include "vyre/program.hpp"
#include "wire/outcome.hpp"

// Runs a program with the kernel's own portable macro-instructions: no queue, no thread.
namespace vyre::testing {

/// A program as the kernel reads it, with memory of its own. Not verified here: run only what a
/// verifier accepted, or what a test knows to be harmless.
class ProgramImage {
 public:
  explicit ProgramImage(const VerifiedProgram& program);
  /// `proven` marks instructions whose checks are left out. Without a budget, any number of
  /// records.
  explicit ProgramImage(const Program& program, const std::vector<bool>& proven = {});
  ProgramImage(const ProgramImage&) = delete;
  ProgramImage& operator=(const ProgramImage&) = delete;

  [[nodiscard]] const kernel::ProgramView& view() const noexcept { return view_; }
  [[nodiscard]] const std::vector<Combine>& combines() const noexcept { return combines_; }

 private:
  std::vector<u64> code_;
  std::vector<std::vector<std::byte>> table_bytes_;
  std::vector<kernel::TableView> tables_;
  std::vector<Combine> combines_;
  std::vector<wire::CombineKind> kinds_;
  std::vector<kernel::WindowRange> windows_;
  kernel::ProgramView view_{};
};

struct OwnPart {
  u32 begin;
  u32 end;
};

using Carry = std::array<u64, wire::kOutcomeCarryWords>;

struct ChunkOptions {
  u64 file_offset = 0;
  Carry carry{};
  u32 record_capacity = 1u << 16;
  u64 output_capacity = 1u << 20;
  /// The tenant's window; as many words as the program declares, or more.
  std::span<u32> window;
  /// What its resources hold, by handle.
  std::span<const std::string> resources = {};
};

struct ChunkRun {
  wire::OutcomeHeader outcome;
  /// Empty where the outcome overflowed; ascending.
  std::vector<wire::Record> records;
  /// The same.
  std::vector<std::byte> output;
};

/// Does what a host does with the request of a parked run. `inbox` has the program's io_bytes.
void serve_load(kernel::Park& park, std::span<const std::string> resources, std::span<u8> inbox);

/// What runs the program of a view over an opened chunk.
using ViewRunner = std::function<kernel::SlotResult(
    const kernel::ProgramView&, const kernel::Chunk&, kernel::Registers&, kernel::RecordSink&)>;

/// The records and the output lie in memory of exactly their capacity. Where the program waits for
/// a resource it gets the bytes at once, and goes on with registers that hold nothing.
ChunkRun run_chunk_by(const ViewRunner& runner, const kernel::ProgramView& program,
                      std::string_view chunk, OwnPart own, const ChunkOptions& options);

/// By the portable macro-instructions.
ChunkRun run_chunk(const ProgramImage& program, std::string_view chunk, OwnPart own,
                   const ChunkOptions& options = {});

/// `capacity` records are kept; no window, no carry.
ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk, OwnPart own,
                       u32 capacity = 1u << 16, u64 file_offset = 0);

/// The same, with all of the chunk its own.
ChunkRun run_reference(const VerifiedProgram& program, std::string_view chunk);

struct FileRecord {
  u64 offset;
  u32 value;
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};

/// What a program says about a whole file; where it faulted, `fault_code` and what follows it are
/// all that counts.
struct FileRun {
  u32 fault_code = 0;
  u32 fault_instruction = 0;
  /// Number of the faulting tile in the file.
  u64 fault_tile = 0;
  /// Combined over the file and finished (vir0::finish).
  std::vector<u64> results;
  std::vector<FileRecord> records;
  std::vector<std::byte> output;
  Carry carry{};
  u64 tiles = 0;
  u64 fuel = 0;
};

/// One chunk of a file, with its halos, in memory of exactly its size.
struct FileChunk {
  std::string bytes;
  OwnPart own;
  u64 file_offset;
};

/// The chunks of a file, each owning `own_bytes` (the last one what is left); an empty file is one
/// empty chunk.
std::vector<FileChunk> cut_file(std::string_view file, u32 own_bytes);

/// What runs one chunk; run_chunk is one.
using ChunkRunner =
    std::function<ChunkRun(const ProgramImage&, std::string_view, OwnPart, const ChunkOptions&)>;

/// Cuts the file into chunks that own `own_bytes` (a multiple of kTileBytes) and have full halos,
/// each in memory of its own, runs them in order and joins what they left. Aborts where a chunk's
/// records or output do not fit (2^24 records, 2^26 bytes).
FileRun run_file_in_chunks(const ProgramImage& program, std::string_view file, u32 own_bytes,
                           std::span<u32> window = {}, const ChunkRunner& runner = run_chunk,
                           std::span<const std::string> resources = {});
FileRun run_file_in_chunks(const VerifiedProgram& program, std::string_view file, u32 own_bytes,
                           std::span<u32> window = {}, std::span<const std::string> resources = {});

}  // namespace vyre::testing
