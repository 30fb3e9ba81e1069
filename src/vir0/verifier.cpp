#include <fmt/format.h>

#include <optional>
#include <string>
#include <vector>

#include "base/checked.hpp"
#include "vir0/automaton_check.hpp"
#include "vir0/instruction_info.hpp"
#include "vir0/limits.hpp"
#include "vyre/program.hpp"

namespace vyre {
namespace {

using vir0::ImmediateKind;
using vir0::Instruction;
using vir0::InstructionInfo;
using vir0::Op;
using vir0::OperandKind;

/// The registers of one instruction, as bits: 16 scalars, 16 vectors, 8 masks.
using RegisterSet = u64;

struct RegisterClass {
  const char* letter;
  u32 count;
  u32 first_bit;
  bool written;
};

std::optional<RegisterClass> class_of(OperandKind kind) {
  constexpr u32 kVectors = vir0::kScalarRegisters;
  constexpr u32 kMasks = kVectors + vir0::kVectorRegisters;
  switch (kind) {
    case OperandKind::kNone:
      return std::nullopt;
    case OperandKind::kScalar:
    case OperandKind::kScalarOut:
      return RegisterClass{"s", vir0::kScalarRegisters, 0, kind == OperandKind::kScalarOut};
    case OperandKind::kVector:
    case OperandKind::kVectorOut:
      return RegisterClass{"v", vir0::kVectorRegisters, kVectors, kind == OperandKind::kVectorOut};
    case OperandKind::kMask:
    case OperandKind::kMaskOut:
      return RegisterClass{"m", vir0::kMaskRegisters, kMasks, kind == OperandKind::kMaskOut};
  }
  return std::nullopt;
}

/// One pass over the code. All jumps but a loop's own go forward and a loop runs at least once, so
/// what is initialised before an instruction is known when the pass reaches it.
class Verifier {
 public:
  explicit Verifier(const Program& program) : program_(program), arriving_(program.code.size()) {}

  Result<u64> run() {
    if (Status status = check_sizes(); !status) return tl::unexpected(status.error());
    if (Status status = find_loop_ends(); !status) return tl::unexpected(status.error());
    arriving_[0] = RegisterSet{0};
    for (at_ = 0; at_ < program_.code.size(); ++at_) {
      if (Status status = step(); !status) return tl::unexpected(status.error());
    }
    return fuel_;
  }

 private:
  struct Loop {
    std::size_t end;
    u64 runs;
  };

  [[nodiscard]] tl::unexpected<Error> reject(std::string reason, std::string fix) const {
    std::string where = fmt::format("instruction {}", at_);
    if (at_ < program_.code.size()) {
      const auto op = vir0::unpack(program_.code[at_]).op;
      if (const auto* info = vir0::find_instruction(op)) {
        where += fmt::format(" ({})", info->mnemonic);
      }
    }
    return tl::unexpected(Error{ErrorCode::kInvalidProgram, static_cast<int>(at_),
                                where + ": " + std::move(reason), std::move(fix)});
  }

  Status check_sizes() {
    if (program_.code.empty() || program_.code.size() > vir0::kMaxInstructions) {
      return reject(fmt::format("the program has {} instructions", program_.code.size()),
                    fmt::format("write 1 to {} instructions", vir0::kMaxInstructions));
    }
    std::size_t bytes = 0;
    for (const auto& table : program_.tables) {
      if (table.size() > vir0::kMaxProgramTableBytes - bytes) {
        return reject("the tables are too large",
                      fmt::format("keep them within {} bytes", vir0::kMaxProgramTableBytes));
      }
      bytes += table.size();
    }
    if (program_.tables.size() > vir0::kMaxTables) {
      return reject(fmt::format("the program has {} tables", program_.tables.size()),
                    fmt::format("use at most {}", vir0::kMaxTables));
    }
    return {};
  }

  /// Pairs each `repeat` with its `end`, so that a branch can be held inside its loop.
  Status find_loop_ends() {
    std::vector<std::size_t> open;
    loop_end_.assign(program_.code.size(), 0);
    for (at_ = 0; at_ < program_.code.size(); ++at_) {
      const Op op = vir0::unpack(program_.code[at_]).op;
      if (op == Op::kRepeat) {
        if (open.size() == vir0::kMaxLoopDepth) {
          return reject(fmt::format("loops nest deeper than {}", vir0::kMaxLoopDepth),
                        "flatten the innermost loop");
        }
        open.push_back(at_);
      } else if (op == Op::kEnd) {
        if (open.empty()) return reject("no repeat is open here", "remove it or add its repeat");
        loop_end_[open.back()] = at_;
        open.pop_back();
      }
    }
    if (!open.empty()) {
      at_ = open.back();
      return reject("it has no end", "add its end");
    }
    return {};
  }

  Status step() {
    const Instruction instruction = vir0::unpack(program_.code[at_]);
    const InstructionInfo* info = vir0::find_instruction(instruction.op);
    if (info == nullptr) {
      return reject(fmt::format("opcode {:#04x} is unknown", static_cast<u8>(instruction.op)),
                    "use an opcode of this version's instruction table");
    }
    if (!arriving_[at_]) {
      return reject("no path leads here", "remove it, or branch to it");
    }
    registers_ = *arriving_[at_];
    Status status = check_operands(instruction, *info);
    if (status) status = check_immediate(instruction, *info);
    if (status) status = add_fuel(info->fuel);
    if (status) status = leave(instruction);
    return status;
  }

  Status check_operands(const Instruction& instruction, const InstructionInfo& info) {
    if (Status status = check_read("a", info.a, instruction.a); !status) return status;
    if (Status status = check_read("b", info.b, instruction.b); !status) return status;
    if (Status status = check_read("dst", info.dst, instruction.dst); !status) return status;
    const auto target = class_of(info.dst);
    if (target && target->written) {
      registers_ |= RegisterSet{1} << (target->first_bit + instruction.dst);
    }
    return {};
  }

  Status check_read(const char* field, OperandKind kind, u8 index) const {
    const auto wanted = class_of(kind);
    if (!wanted) {
      if (index == 0) return {};
      return reject(fmt::format("field {} is {}, but unused", field, index), "set it to 0");
    }
    if (index >= wanted->count) {
      return reject(fmt::format("operand {} names register {}{}", field, wanted->letter, index),
                    fmt::format("use {0}0 to {0}{1}", wanted->letter, wanted->count - 1));
    }
    if (!wanted->written && (registers_ >> (wanted->first_bit + index) & 1) == 0) {
      return reject(
          fmt::format("{}{} is read, but not set on every path here", wanted->letter, index),
          fmt::format("set {}{} before", wanted->letter, index));
    }
    return {};
  }

  Status check_immediate(const Instruction& instruction, const InstructionInfo& info) {
    const u32 value = instruction.immediate;
    switch (info.immediate) {
      case ImmediateKind::kValue:
        return {};
      case ImmediateKind::kNone:
        return in_range("the unused immediate", value, 0, 0);
      case ImmediateKind::kInput:
        return in_range("the input", value, 0, vir0::kTileInputs - 1);
      case ImmediateKind::kCount:
        return in_range("the repeat count", value, 1, vir0::kMaxRepeat);
      case ImmediateKind::kResult:
        return in_range("the result index", value, 0, wire::kOutcomeResults - 1);
      case ImmediateKind::kByte:
        return in_range("the byte", value, 0, 255);
      case ImmediateKind::kTarget:
        return check_target(value);
      case ImmediateKind::kTable:
        return check_table(value);
    }
    return {};
  }

  [[nodiscard]] Status in_range(const char* name, u32 value, u32 least, u32 most) const {
    if (value >= least && value <= most) return {};
    return reject(fmt::format("{} is {}", name, value),
                  least == most ? fmt::format("set it to {}", least)
                                : fmt::format("use {} to {}", least, most));
  }

  /// A target lies after the branch and in the same loop (its `end` counts as inside).
  Status check_target(u32 target) {
    const std::size_t last = loops_.empty() ? program_.code.size() - 1 : loops_.back().end;
    if (target <= at_ || target > last) {
      return reject(fmt::format("it jumps to instruction {}", target),
                    fmt::format("jump forward, to at most {} here", last));
    }
    for (std::size_t i = at_ + 1; i < target; ++i) {
      if (loop_end_[i] >= target) {
        return reject(fmt::format("it jumps to instruction {}, into a loop", target),
                      "jump to the loop's repeat, or past its end");
      }
    }
    return {};
  }

  Status check_table(u32 index) {
    if (index >= program_.tables.size()) {
      return reject(fmt::format("table {} of {}", index, program_.tables.size()),
                    "name a table that the program has");
    }
    checked_tables_.resize(program_.tables.size());
    if (checked_tables_[index]) return {};
    if (const auto problem = vir0::automaton_problem(program_.tables[index])) {
      return reject(fmt::format("table {} is not an automaton: {}", index, *problem),
                    "compile the table again");
    }
    checked_tables_[index] = true;
    return {};
  }

  Status add_fuel(u32 fuel) {
    const auto cost = base::checked_multiply<u64>(fuel, loops_.empty() ? 1 : loops_.back().runs);
    const auto total = cost ? base::checked_add<u64>(fuel_, *cost) : std::nullopt;
    if (!total || *total > vir0::kMaxFuelPerTile) {
      return reject(fmt::format("one tile may cost more than {} fuel", vir0::kMaxFuelPerTile),
                    "lower the repeat counts or split the program");
    }
    fuel_ = *total;
    return {};
  }

  void arrive(std::size_t target, RegisterSet registers) {
    arriving_[target] = arriving_[target] ? *arriving_[target] & registers : registers;
  }

  Status leave(const Instruction& instruction) {
    switch (instruction.op) {
      case Op::kHalt:
        return {};
      case Op::kBranch:
        arrive(instruction.immediate, registers_);
        break;
      case Op::kRepeat:
        // Bounded by kMaxFuelPerTile before it can overflow: each level's body costs at least 1.
        loops_.push_back({loop_end_[at_],
                          (loops_.empty() ? 1 : loops_.back().runs) * u64{instruction.immediate}});
        break;
      case Op::kEnd:
        loops_.pop_back();
        break;
      default:
        break;
    }
    if (at_ + 1 == program_.code.size()) {
      return reject("the program runs past its last instruction", "end it with halt");
    }
    arrive(at_ + 1, registers_);
    return {};
  }

  const Program& program_;
  /// Registers that are set on every path that reaches an instruction; none: no path does yet.
  std::vector<std::optional<RegisterSet>> arriving_;
  std::vector<std::size_t> loop_end_;
  std::vector<Loop> loops_;
  std::vector<bool> checked_tables_;
  std::size_t at_ = 0;
  RegisterSet registers_ = 0;
  u64 fuel_ = 0;
};

}  // namespace

Result<VerifiedProgram> verify(Program program) {
  const Result<u64> fuel = Verifier(program).run();
  if (!fuel) return tl::unexpected(fuel.error());
  return VerifiedProgram(std::move(program), *fuel);
}

}  // namespace vyre
