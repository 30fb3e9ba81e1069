#pragma once

#include "kernel/find_literal.hpp"
#include "kernel/output_instructions.hpp"

namespace vyre::kernel {

template <vir0::Op kOp, class Run>
VYRE_HOST_DEVICE u32 run_macro(Run& run, vir0::Instruction i) {
  using vir0::Op;
  u32* scratch = run.registers.scratch;
  if constexpr (kOp == Op::kAutomaton) {
    run.platform.scan(run.group, run.program.tables[i.immediate], run.tile, run.records, scratch);
    return check_budget(run);
  } else if constexpr (kOp == Op::kCountByte) {
    run.scalars[i.dst] =
        run.platform.count_byte(run.group, run.tile, static_cast<u8>(i.immediate), scratch);
  } else if constexpr (kOp == Op::kClassBitmap) {
    run.platform.class_bitmap(run.group, run.tile, run.program.tables[i.immediate].bytes,
                              run.scalars[i.a], run.registers.vectors[i.dst]);
  } else if constexpr (kOp == Op::kHistogram) {
    run.platform.histogram(run.group, run.tile, run.registers.results + i.immediate, scratch);
  } else if constexpr (kOp == Op::kFindCount || kOp == Op::kFindEmit) {
    const TableView& table = run.program.tables[i.immediate];
    const Literal literal{table.bytes, table.size};
    if constexpr (kOp == Op::kFindEmit) {
      run.platform.find_emit(run.group, run.tile, literal, static_cast<u32>(run.scalars[i.a]),
                             run.records, scratch);
      return check_budget(run);
    } else {
      run.scalars[i.dst] = run.platform.find_count(run.group, run.tile, literal, scratch);
    }
  } else if constexpr (kOp == Op::kCrc32c) {
    run.scalars[i.dst] = run.platform.crc32c_part(run.group, run.tile, scratch);
  } else {
    static_assert(kOp == Op::kXxh64);
    run.scalars[i.dst] =
        run.platform.xxh64(run.group, run.tile, run.registers.carry + i.immediate, scratch);
  }
  return kGoOn;
}

}  // namespace vyre::kernel
