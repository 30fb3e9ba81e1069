#pragma once

#include <array>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/reference_run.hpp"
#include "vir0/isa.hpp"
#include "wire/fault.hpp"

// Programs packed by hand, so that the kernel is tested apart from builder and verifier. Vectors
// come in through tables and go out as records {lane, value}.
namespace vyre::testing {

using LaneValues = std::array<u32, kLanes>;

/// Enough bytes that lane numbers are offsets of the tile.
inline const std::string& lane_bytes() {
  static const std::string bytes(kLanes, 'x');
  return bytes;
}

class HandProgram {
 public:
  /// Registers that the helpers below use for themselves.
  static constexpr u8 kLaneVector = 15;
  static constexpr u8 kAllMask = 7;

  u32 add(vir0::Op op, u8 dst = 0, u8 a = 0, u8 b = 0, u32 immediate = 0) {
    program.code.push_back(vir0::pack({op, dst, a, b, immediate}));
    return static_cast<u32>(program.code.size() - 1);
  }
  void scalar(u8 target, u64 value) {
    add(vir0::Op::kScalarConst, target, 0, 0, static_cast<u32>(value));
    add(vir0::Op::kScalarConstHigh, target, 0, 0, static_cast<u32>(value >> 32));
  }
  u32 table(const void* bytes, std::size_t size) {
    std::vector<std::byte> table(size);
    if (size != 0) std::memcpy(table.data(), bytes, size);
    program.tables.push_back(std::move(table));
    return static_cast<u32>(program.tables.size() - 1);
  }
  u32 table(const std::string& bytes) { return table(bytes.data(), bytes.size()); }
  /// v15 = the lane's number, m7 = every lane.
  void lanes() {
    add(vir0::Op::kVectorLane, kLaneVector);
    add(vir0::Op::kMaskConst, kAllMask, 0, 0, 1);
  }
  void vector(u8 target, const LaneValues& values) {
    lanes();
    add(vir0::Op::kTableU32, target, kLaneVector, kAllMask, table(values.data(), sizeof values));
  }
  /// The lanes where `values` is not 0. Uses v14.
  void mask(u8 target, const LaneValues& values) {
    vector(14, values);
    add(vir0::Op::kMaskNeImmediate, target, 14, 0, 0);
  }
  void emit_vector(u8 source) {
    lanes();
    add(vir0::Op::kEmit, source, kLaneVector, kAllMask);
  }
  void results(u32 count, Combine combine = Combine::kSum) {
    program.results.push_back({"r", combine, count});
  }
  void result(u32 word, u8 source) { add(vir0::Op::kResult, 0, source, 0, word); }
  void window(WindowAccess access, u32 first, u32 count) {
    program.windows.push_back({"w", access, first, count});
  }

  /// Ends with halt; all of the chunk is its own.
  [[nodiscard]] ChunkRun run(std::string_view chunk, const ChunkOptions& options = {}) {
    return run_part(chunk, {0, static_cast<u32>(chunk.size())}, options);
  }
  [[nodiscard]] ChunkRun run_part(std::string_view chunk, OwnPart own,
                                  const ChunkOptions& options = {}) {
    add(vir0::Op::kHalt);
    ChunkRun done = run_chunk(ProgramImage(program, proven), chunk, own, options);
    program.code.pop_back();
    return done;
  }
  [[nodiscard]] FileRun run_file(std::string_view file, u32 own_bytes,
                                 std::span<u32> window_words = {}) {
    add(vir0::Op::kHalt);
    FileRun done = run_file_in_chunks(ProgramImage(program, proven), file, own_bytes, window_words);
    program.code.pop_back();
    return done;
  }

  Program program;
  /// By instruction; may be shorter than the code.
  std::vector<bool> proven;
};

/// The lanes that emit_vector gave.
inline LaneValues lanes_of(const ChunkRun& run) {
  LaneValues values{};
  if (run.outcome.fault_code != 0 || run.records.size() != kLanes) std::abort();
  for (u32 lane = 0; lane < kLanes; ++lane) {
    if (run.records[lane].offset != run.records[0].offset + lane) std::abort();
    values[lane] = run.records[lane].value;
  }
  return values;
}

inline LaneValues filled(u32 value) {
  LaneValues values;
  values.fill(value);
  return values;
}

inline wire::FaultCode fault_of(const ChunkRun& run) {
  return static_cast<wire::FaultCode>(run.outcome.fault_code);
}

}  // namespace vyre::testing
