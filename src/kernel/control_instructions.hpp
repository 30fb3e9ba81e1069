#pragma once

#include "kernel/tile_run.hpp"

namespace vyre::kernel {

/// Where the loop that is open before instruction `at` goes on after its end. The verifier has
/// proven that the end exists.
VYRE_HOST_DEVICE inline u32 after_loop(const u64* code, u32 at) {
  for (u32 depth = 1; depth > 0; ++at) {
    const vir0::Op op = vir0::unpack(code[at]).op;
    if (op == vir0::Op::kRepeat || op == vir0::Op::kRepeatScalar) ++depth;
    if (op == vir0::Op::kEnd) --depth;
  }
  return at;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_control(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kHalt) {
    return kHalted;
  } else if constexpr (kOp == Op::kJump) {
    run.at = i.immediate;
  } else if constexpr (kOp == Op::kBranch) {
    if (run.scalars[i.a] != 0) run.at = i.immediate;
  } else if constexpr (kOp == Op::kBranchZero) {
    if (run.scalars[i.a] == 0) run.at = i.immediate;
  } else if constexpr (kOp == Op::kRepeat) {
    run.loops.open(run.at, i.immediate);
  } else if constexpr (kOp == Op::kRepeatScalar) {
    const u64 wanted = run.scalars[i.a];
    if (wanted == 0) {
      run.at = after_loop(run.program.code, run.at);
    } else {
      run.loops.open(run.at, wanted < i.immediate ? static_cast<u32>(wanted) : i.immediate);
    }
  } else if constexpr (kOp == Op::kBreak) {
    if (run.scalars[i.a] != 0) {
      run.loops.leave();
      run.at = after_loop(run.program.code, run.at);
    }
  } else if constexpr (kOp == Op::kEnd) {
    run.at = run.loops.close(run.at);
  } else {
    static_assert(kUnknownInstruction<kOp>);
  }
  return kGoOn;
}

}  // namespace vyre::kernel
