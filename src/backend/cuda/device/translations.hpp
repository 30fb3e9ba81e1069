#pragma once

#include "backend/cuda/device/part.hpp"
#include "backend/cuda/device/translation_frame.hpp"

#if defined(__CUDACC__)

// Programs as machine code: how a worker runs them, and what they call. The functions of C linkage
// are named by the code that the host writes (backend/cuda/translation/). Every thread of the block
// calls each of them.
namespace vyre::backend::device {

/// Defined by what the host links: runs translation `index`, from 0; gives what ended it (kHalted,
/// or a FaultCode) in the lower half, the instruction in the upper.
extern "C" __device__ u64 vyre_run_translation(u32 index, TranslationFrame* frame);

template <vir0::Op kOp>
__device__ u32 run_if_delegated(Run& run, vir0::Instruction i) {
  if constexpr (!is_delegated(kOp)) {
    return kernel::fault_of(wire::FaultCode::kUnknownProgram);
  } else if constexpr (kOp >= vir0::Op::kWindowLoad && kOp <= vir0::Op::kWindowOr) {
    return kernel::run_window<kOp>(run, i);
  } else if constexpr (kOp == vir0::Op::kCopy) {
    return kernel::run_output<kOp>(run, i);
  } else {
    return kernel::run_macro<kOp>(run, i);
  }
}

/// One instruction that is_delegated(), as the interpreter executes it, but for its fuel. What it
/// gives is a handler's (kernel/tile_run.hpp).
extern "C" __device__ __noinline__ u32 vyre_run_instruction(void* run, u64 word) {
  const vir0::Instruction i = vir0::unpack(word);
  switch (i.op) {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, cost, handler, meaning) \
  case vir0::Op::k##name:                                                             \
    return run_if_delegated<vir0::Op::k##name>(*static_cast<Run*>(run), i);
#include "vir0/isa.def"
#undef VYRE_VIR0
  }
  return kernel::fault_of(wire::FaultCode::kUnknownProgram);
}

/// `class.bitmap`: the lane's word.
extern "C" __device__ __noinline__ u32 vyre_class_bits(void* run, u64 start, u32 table) {
  const Run& tile_run = *static_cast<Run*>(run);
  return class_bits(tile_run.tile, tile_run.program.tables[table].bytes, start);
}

/// The same of a set of one byte, where the translation does not do it itself. Threads of a warp
/// need not come together.
extern "C" __device__ __noinline__ u32 vyre_byte_bits(void* run, u64 start, u32 byte) {
  return byte_bits(static_cast<Run*>(run)->tile, byte, start);
}

/// Tiles of programs that have a translation are run by it, others by the interpreter.
struct RunsTranslations {
  __device__ static kernel::ProgramFault run_tile(Run& run) {
    if (run.program.translation == 0) return kernel::run_tile(run);
    kernel::begin_tile(run);
    // A run of its own, since whose address is taken lies in memory.
    Run inner = run;
    u64 scalars[vir0::kScalarRegisters];
    inner.scalars = scalars;
    const auto global = [](const void* address) { return __cvta_generic_to_global(address); };
    TranslationFrame frame{&inner,
                           reinterpret_cast<const u8*>(global(run.tile.readable_bytes())),
                           run.tile.file_begin(),
                           scalars,
                           reinterpret_cast<const void*>(global(run.program.tables)),
                           static_cast<u32>(__cvta_generic_to_shared(&run.registers)),
                           run.tile.before,
                           run.tile.length,
                           run.tile.after,
                           run.tile.offset,
                           0};
    const u64 ended = vyre_run_translation(run.program.translation - 1, &frame);
    run.fuel += frame.fuel;
    run.output.count = inner.output.count;
    const u32 code = static_cast<u32>(ended);
    return {code == kernel::kHalted ? 0 : code, static_cast<u32>(ended >> 32)};
  }
};

}  // namespace vyre::backend::device

#endif
