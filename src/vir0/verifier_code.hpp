#pragma once

#include <string>
#include <vector>

#include "vir0/instruction_info.hpp"
#include "vyre/program.hpp"

// The code of a program as the verifier's passes share it.
namespace vyre::vir0 {

/// Instructions of known opcodes whose loops are paired.
struct Code {
  std::vector<Instruction> instructions;
  std::vector<const InstructionInfo*> rows;
  /// Of `repeat`, `repeat.scalar`, `break`: the `end` of the loop; of `end`: the loop's beginning;
  /// 0 for all others.
  std::vector<u32> partner;
  /// The innermost loop around an instruction, as the index of its beginning; an `end` lies inside
  /// its loop, a `repeat` outside of it. kNoLoop where there is none.
  std::vector<u32> loop;
  u32 loop_depth = 0;

  static constexpr u32 kNoLoop = 0xFFFFFFFF;
  [[nodiscard]] u32 size() const { return static_cast<u32>(instructions.size()); }
};

[[nodiscard]] constexpr bool begins_loop(Op op) {
  return op == Op::kRepeat || op == Op::kRepeatScalar;
}

/// The rejection of instruction `at`: names it, its mnemonic, and the last label at or before it.
Error rejection(const Program& program, u32 at, const std::string& reason, std::string fix);

/// The rejection of the program as a whole; `detail` is -1.
Error program_rejection(std::string reason, std::string fix);

/// Errors: a code of a size outside the limits, unknown opcodes, loops that are not properly nested
/// or nest too deep, `break` outside of a loop.
Result<Code> read_code(const Program& program);

}  // namespace vyre::vir0
