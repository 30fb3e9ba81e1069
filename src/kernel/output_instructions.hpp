#pragma once

#include "kernel/load_instructions.hpp"
#include "wire/combine.hpp"

namespace vyre::kernel {

/// After an instruction that emitted: a fault where the tile has emitted more than it may.
template <class Run>
VYRE_HOST_DEVICE u32 check_budget(const Run& run) {
  const bool over = run.records.count - run.records_before > run.program.emit_budget;
  return over ? fault_of(wire::FaultCode::kEmitBudgetExhausted) : kGoOn;
}

/// Pushes {chunk offset, value} of the lanes that are in the mask and in the tile.
template <class Run>
VYRE_HOST_DEVICE void push_lanes(Run& run, const u32* offsets, const u32* values, const u32* mask) {
  if constexpr (Run::Group::kSequential) {
    for (u32 lane = 0; lane < kLanes; ++lane) {
      if (mask[lane] == 0 || offsets[lane] >= run.tile.length) continue;
      run.records.push(run.tile.offset + offsets[lane], values[lane]);
    }
  } else {
    const u32 lane = run.group.thread();
    const bool emits = mask[lane] != 0 && offsets[lane] < run.tile.length;
    run.group.push(run.records, emits, {run.tile.offset + offsets[lane], values[lane]},
                   run.registers.scratch);
  }
}

template <class Run>
VYRE_HOST_DEVICE u32 emit_lanes(Run& run, vir0::Instruction i) {
  const u32* offsets = run.registers.vectors[i.a];
  const u32* values = run.registers.vectors[target_index(i)];
  const u32* mask = run.registers.masks[i.b];
  if (!is_proven(i) && any_beyond(run.group, mask, offsets, run.tile.before, run.tile.readable())) {
    return fault_of(wire::FaultCode::kTileOutOfRange);
  }
  push_lanes(run, offsets, values, mask);
  return check_budget(run);
}

/// Appends `count` bytes to the output; beyond its capacity they are only counted.
template <class Run>
VYRE_HOST_DEVICE void append_output(Run& run, const u8* from, u64 count) {
  OutputSink& output = run.output;
  if (count <= output.capacity && output.count <= output.capacity - count) {
    u8* to = output.bytes + output.count;
    for (u64 at = run.group.thread(); at < count; at += Run::Group::kThreads) to[at] = from[at];
  }
  output.count += count;
}

template <class Run>
VYRE_HOST_DEVICE u32 copy_bytes(Run& run, vir0::Instruction i) {
  const u64 first = run.scalars[i.a] + run.tile.before;
  const u64 count = run.scalars[i.b];
  const u64 readable = run.tile.readable();
  if (count == 0) return kGoOn;
  if (first > readable || count > readable - first) {
    return fault_of(wire::FaultCode::kTileOutOfRange);
  }
  if (run.output.count - run.output_before + count > vir0::kMaxTileOutput) {
    return fault_of(wire::FaultCode::kOutputOutOfRange);
  }
  append_output(run, run.tile.readable_bytes() + first, count);
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_output(Run& run, vir0::Instruction i) {
  using vir0::Op;
  if constexpr (kOp == Op::kResult) {
    if (run.group.leader()) {
      u64& word = run.registers.results[i.immediate];
      word = wire::combine_words(run.program.combines[i.immediate], word, run.scalars[i.a]);
    }
    return kGoOn;
  } else if constexpr (kOp == Op::kEmit) {
    return emit_lanes(run, i);
  } else {
    static_assert(kOp == Op::kCopy);
    return copy_bytes(run, i);
  }
}

}  // namespace vyre::kernel
