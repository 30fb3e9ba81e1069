#pragma once

#include "kernel/context.hpp"
#include "kernel/lane_instructions.hpp"
#include "kernel/output_instructions.hpp"
#include "kernel/scalar_instructions.hpp"
#include "wire/fault.hpp"

namespace vyre::kernel {

/// Loops that are open, innermost last; every thread of the group keeps its own, equal copy.
struct LoopStack {
  struct Frame {
    u32 body;
    u32 remaining;
  };
  Frame frames[vir0::kMaxLoopDepth];
  u32 depth;

  VYRE_HOST_DEVICE void open(u32 body, u32 count) { frames[depth++] = {body, count - 1}; }
  /// Where to go on at the innermost loop's end, which stands at `end`.
  VYRE_HOST_DEVICE u32 close(u32 end) {
    Frame& frame = frames[depth - 1];
    if (frame.remaining == 0) {
      --depth;
      return end + 1;
    }
    --frame.remaining;
    return frame.body;
  }
};

/// Everything that one tile's run reads and writes.
template <class Group, class Platform>
struct TileRun {
  Group group;
  Platform& platform;
  const ProgramView& program;
  const TileView& tile;
  Registers& registers;
  RecordSink& sink;
};

/// One instruction that is not control flow; false where it faults (always kTileOutOfRange).
template <class Group, class Platform>
VYRE_HOST_DEVICE bool run_instruction(TileRun<Group, Platform>& run, vir0::Instruction i) {
  using vir0::Op;
  switch (i.op) {
    case Op::kResult:
      if (run.group.leader()) {
        run.registers.results[i.immediate] += run.registers.scalars[i.a];
      }
      return true;
    case Op::kEmit:
      return emit_records(run.group, i, run.tile, run.registers, run.sink);
    case Op::kAutomaton:
      run.platform.scan(run.group, run.program.tables[i.immediate], run.tile, run.sink,
                        run.registers.counts);
      return true;
    case Op::kCountByte:
      count_byte(run.group, i, run.tile, run.registers);
      return true;
    default:
      if (i.op < Op::kVectorLane) {
        if (run.group.leader()) run_scalar(i, run.tile, run.registers.scalars);
        return true;
      }
      if (i.op < Op::kMaskEq) return run_vector(run.group, i, run.tile, run.registers);
      run_mask(run.group, i, run.registers);
      return true;
  }
}

/// Runs a verified program over one tile. Adds the cost to `fuel`.
template <class Group, class Platform>
VYRE_HOST_DEVICE ProgramFault run_tile(TileRun<Group, Platform> run, u64& fuel) {
  using vir0::Op;
  LoopStack loops{};
  u32 at = 0;
  while (true) {
    const vir0::Instruction i = vir0::unpack(run.program.code[at]);
    fuel += vir0::fuel_of(i.op);
    switch (i.op) {
      case Op::kHalt:
        return {0, 0};
      case Op::kBranch:
        at = run.registers.scalars[i.a] != 0 ? i.immediate : at + 1;
        break;
      case Op::kRepeat:
        loops.open(at + 1, i.immediate);
        ++at;
        break;
      case Op::kEnd:
        at = loops.close(at);
        break;
      default:
        if (!run_instruction(run, i)) {
          return {static_cast<u32>(wire::FaultCode::kTileOutOfRange), at};
        }
        run.group.sync();
        ++at;
        break;
    }
  }
}

}  // namespace vyre::kernel
