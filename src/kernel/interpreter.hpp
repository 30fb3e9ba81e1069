#pragma once

#include "kernel/control_instructions.hpp"
#include "kernel/io_instructions.hpp"
#include "kernel/lane_instructions.hpp"
#include "kernel/macro_instructions.hpp"
#include "kernel/mask_instructions.hpp"
#include "kernel/scalar_instructions.hpp"
#include "kernel/vector_instructions.hpp"
#include "kernel/window_instructions.hpp"

namespace vyre::kernel {

/// Executes one instruction by the handler that its row of the instruction table names.
template <class Run>
VYRE_HOST_DEVICE u32 run_instruction(Run& run, vir0::Instruction i) {
  switch (i.op) {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, cost, handler, meaning) \
  case vir0::Op::k##name:                                                             \
    run.fuel += cost;                                                                 \
    return run_##handler<vir0::Op::k##name>(run, i);
#include "vir0/isa.def"
#undef VYRE_VIR0
  }
  return kHalted;
}

template <class Run>
VYRE_HOST_DEVICE void begin_tile(Run& run) {
  run.loops.depth = 0;
  run.at = 0;
  run.records_before = run.records.count;
  run.output_before = run.output.count;
}

/// Runs a verified program over the run's tile, to its halt or fault, or to an io.load (code
/// kParked); from its beginning, or from where the park left it.
template <class Run>
VYRE_HOST_DEVICE ProgramFault run_tile(Run& run) {
  OutsideArrays<Run::Group::kSequential> arrays;
  arrays.attach(run);
  if (run.inbox == nullptr || !resume_tile(run)) begin_tile(run);
  const u64* const code = run.program.code;
  while (true) {
    const u32 at = run.at++;
    const u32 ended = run_instruction(run, vir0::unpack(code[at]));
    if (ended == kGoOn) continue;
    if (ended == kParked) park_tile(run);
    return {ended == kHalted ? 0 : ended, at};
  }
}

}  // namespace vyre::kernel
