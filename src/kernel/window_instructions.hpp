#pragma once

#include "kernel/load_instructions.hpp"
#include "wire/atomics.hpp"

namespace vyre::kernel {

/// One lane's access, by what the range's access allows.
template <vir0::Op kOp>
VYRE_HOST_DEVICE void change_word(u32* word, u32 value) {
  using vir0::Op;
  if constexpr (kOp == Op::kWindowAdd) wire::relaxed_add(word, value);
  if constexpr (kOp == Op::kWindowMin) wire::relaxed_min(word, value);
  if constexpr (kOp == Op::kWindowMax) wire::relaxed_max(word, value);
  if constexpr (kOp == Op::kWindowOr) wire::relaxed_or(word, value);
}

/// Of lanes that name one word, the last one's value stays.
template <class Run>
VYRE_HOST_DEVICE void store_words(Run& run, u32* words, const u32* index, const u32* mask,
                                  const u32* values) {
  if constexpr (Run::Group::kSequential) {
    for (u32 lane = 0; lane < kLanes; ++lane) {
      if (mask[lane] != 0) wire::relaxed_store(words + index[lane], values[lane]);
    }
  } else {
    const u32 lane = run.group.thread();
    run.group.sync();
    bool last = mask[lane] != 0;
    for (u32 other = lane + 1; other < kLanes; ++other) {
      if (mask[other] != 0 && index[other] == index[lane]) last = false;
    }
    if (last) wire::relaxed_store(words + index[lane], values[lane]);
  }
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_window(Run& run, vir0::Instruction i) {
  using vir0::Op;
  u32* operand = run.registers.vectors[target_index(i)];
  const u32* index = run.registers.vectors[i.a];
  const u32* mask = run.registers.masks[i.b];
  const WindowRange range = run.program.windows[i.immediate];
  if (!is_proven(i) && any_beyond(run.group, mask, index, 0, range.count)) {
    return fault_of(wire::FaultCode::kWindowOutOfRange);
  }
  u32* words = run.window + range.first;
  run.group.sync();
  if constexpr (kOp == Op::kWindowStore) {
    store_words(run, words, index, mask, operand);
  } else {
    for (u32 lane = run.group.first_lane(); lane < run.group.end_lane(); ++lane) {
      if constexpr (kOp == Op::kWindowLoad) {
        operand[lane] = mask[lane] != 0 ? wire::relaxed_load(words + index[lane]) : 0;
      } else {
        if (mask[lane] != 0) change_word<kOp>(words + index[lane], operand[lane]);
      }
    }
  }
  run.group.sync();
  return kGoOn;
}

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_carry(Run& run, vir0::Instruction i) {
  u64& word = run.registers.carry[i.immediate];
  if constexpr (kOp == vir0::Op::kCarryLoad) {
    run.scalars[i.dst] = word;
  } else {
    static_assert(kOp == vir0::Op::kCarryStore);
    run.group.sync();
    if (run.group.leader()) word = run.scalars[i.a];
    run.group.sync();
  }
  return kGoOn;
}

}  // namespace vyre::kernel
