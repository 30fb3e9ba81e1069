#pragma once

#include <memory>
#include <vector>

#include "backend/cpu/automaton_plan.hpp"
#include "backend/cpu/cpu_platform.hpp"
#include "tests/support/reference_run.hpp"

namespace vyre::fuzz {

/// A program as the CPU backend runs it: its own macro-instructions and automaton scan, at a level
/// of the processor. Without queues and threads.
class CpuProgram {
 public:
  /// `image` is that of `program`, and outlives this.
  CpuProgram(const Program& program, const testing::ProgramImage& image, backend::CpuLevel level);
  CpuProgram(const CpuProgram&) = delete;
  CpuProgram& operator=(const CpuProgram&) = delete;

  testing::ChunkRun run_chunk(std::string_view chunk, testing::OwnPart own,
                              const testing::ChunkOptions& options);

 private:
  std::vector<std::unique_ptr<backend::AutomatonPlan>> plans_;
  std::vector<kernel::TableView> tables_;
  kernel::ProgramView view_;
  backend::Doorbell doorbell_;
  backend::CpuPlatform platform_;
};

}  // namespace vyre::fuzz
