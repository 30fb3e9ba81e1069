#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "answer.hpp"
#include "backend/backend.hpp"
#include "backend/cpu/cpu_platform.hpp"
#include "backend/program_store.hpp"
#include "kernel/worker.hpp"
#include "vyre/program.hpp"

namespace vyre::bench {

/// Bytes that a chunk of the job owns beside its halo: 7 tiles.
inline constexpr u32 kChunkBytes = 7 * kTileBytes;

/// One program, loaded as a session loads it, and run on the calling thread by what a worker of the
/// CPU backend calls for each chunk that it has claimed. What is left out is the claim itself, once
/// per chunk. Ends the process where the program faults or emits more records than a chunk keeps.
class Machine {
 public:
  explicit Machine(const VerifiedProgram& program,
                   backend::CpuLevel level = backend::best_cpu_level());
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  /// The words of the tenant's state window, which the program's windows name; all 0 at first.
  [[nodiscard]] std::span<u32> window() noexcept { return window_; }

  /// The program over all chunks of a file, and their outcomes folded as a session folds them.
  Answer run(std::span<const u8> file);

 private:
  wire::OutcomeHeader& outcome() {
    return *reinterpret_cast<wire::OutcomeHeader*>(outcome_memory_.bytes().data());
  }
  wire::Record* records() { return reinterpret_cast<wire::Record*>(&outcome() + 1); }
  /// Runs the chunk whose own part begins at `begin`; returns where its bytes begin.
  u64 run_chunk(std::span<const u8> file, u64 begin);
  void take_outcome(Answer& answer, u64 chunk_begin);

  std::vector<Combine> combines_;
  std::unique_ptr<backend::Backend> backend_;
  std::vector<kernel::ProgramEntry> entries_;
  backend::ProgramStore store_;
  backend::Doorbell doorbell_;
  backend::CpuPlatform platform_;
  std::unique_ptr<kernel::WorkerScratch> scratch_;
  backend::SharedMemory outcome_memory_;
  std::vector<u32> window_;
};

}  // namespace vyre::bench
