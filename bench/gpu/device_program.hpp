#pragma once

#include <string>
#include <vector>

#include "answer.hpp"
#include "backend/region.hpp"
#include "hand/hand.hpp"
#include "machine.hpp"
#include "vyre/program.hpp"

namespace vyre::bench::gpu {

/// The verified program of a text file; ends the process where there is none.
VerifiedProgram read_program(const std::string& path);

/// How bytes in device memory become chunks.
struct ChunkShape {
  u64 chunk_bytes = 0;
  /// Each chunk is a file of its own; else all of them are one file.
  bool separate = false;
  /// Records that there is room for, per chunk.
  u32 records = 0;
};

/// A loaded program over bytes in device memory, in at most Machine::kCapacity chunks that are all
/// published at once. Ends the process where a chunk faults or has more records than room.
class DeviceProgram {
 public:
  DeviceProgram(Machine& machine, const VerifiedProgram& program, u32 opcode,
                hand::DeviceBytes bytes, const ChunkShape& shape);
  ~DeviceProgram() { release(); }
  DeviceProgram(const DeviceProgram&) = delete;
  DeviceProgram& operator=(const DeviceProgram&) = delete;

  /// Wall seconds from the first publication to the last chunk's result words taken in. The machine
  /// runs.
  double run();
  /// What the last run found.
  Answer answer();

 private:
  [[nodiscard]] backend::WorkItem item(u32 chunk) const;
  void take_words(u32 chunk);
  void release();

  Machine& machine_;
  std::vector<Combine> combines_;
  u32 carry_words_;
  u32 opcode_;
  hand::DeviceBytes bytes_;
  ChunkShape shape_;
  u32 chunks_;
  backend::Region region_;
  u32 first_position_ = 0;
  bool held_ = false;
  std::vector<u64> words_;
};

}  // namespace vyre::bench::gpu
