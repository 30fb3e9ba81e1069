#include "backend/cpu/chunk_runner.hpp"

#include "backend/cpu/cpu_platform.hpp"

// The interpreter's lane loops become as wide as the processor's registers. `flatten` makes each
// function below hold all of kernel::run_chunk: what is compiled for a newer processor is that one
// function, and no template that the linker might choose for older ones too.
#if defined(__x86_64__) && !defined(__clang__) && !defined(__SANITIZE_ADDRESS__) && \
    !defined(__SANITIZE_THREAD__)
#define VYRE_CHUNK_RUNNERS_X86
#endif

namespace vyre::backend {
namespace {

#define VYRE_RUN_CHUNK(name, Group)                                                       \
  kernel::SlotResult name(CpuPlatform& platform, const kernel::ProgramView& program,      \
                          const kernel::Chunk& chunk, kernel::Registers& registers,       \
                          kernel::RecordSink& sink) {                                     \
    return kernel::run_chunk(kernel::Group{}, platform, program, chunk, registers, sink); \
  }

VYRE_RUN_CHUNK(run_baseline, HostGroup)
#if defined(VYRE_CHUNK_RUNNERS_X86)
// clang-format off
[[gnu::target(VYRE_TARGET_AVX2), gnu::flatten]] VYRE_RUN_CHUNK(run_avx2, HostGroup)
[[gnu::target(VYRE_TARGET_AVX512), gnu::flatten]] VYRE_RUN_CHUNK(run_avx512, BitCountingHostGroup)
// clang-format on
#endif

#undef VYRE_RUN_CHUNK

}  // namespace

ChunkRunner chunk_runner([[maybe_unused]] CpuLevel level) {
#if defined(VYRE_CHUNK_RUNNERS_X86)
  if (level == CpuLevel::kAvx512) return run_avx512;
  if (level == CpuLevel::kAvx2) return run_avx2;
#endif
  return run_baseline;
}

}  // namespace vyre::backend
