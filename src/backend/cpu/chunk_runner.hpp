#pragma once

#include "backend/cpu/cpu_level.hpp"
#include "kernel/chunk.hpp"

namespace vyre::backend {

class CpuPlatform;

/// kernel::run_chunk with a CpuPlatform, compiled for one level of the processor.
using ChunkRunner = kernel::SlotResult (*)(CpuPlatform& platform,
                                           const kernel::ProgramView& program,
                                           const kernel::Chunk& chunk, kernel::Registers& registers,
                                           kernel::RecordSink& sink);

/// The one for a level that this processor runs; all do the same. With clang and under sanitizers
/// every level gets that of kBaseline.
ChunkRunner chunk_runner(CpuLevel level);

}  // namespace vyre::backend
