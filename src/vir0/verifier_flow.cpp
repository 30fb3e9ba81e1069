#include "vir0/verifier_flow.hpp"

#include <fmt/format.h>

#include <optional>

namespace vyre::vir0 {
namespace {

/// Registers as bits: 16 scalars, 16 vectors, 8 masks.
using RegisterSet = u64;

struct RegisterClass {
  char letter;
  u32 count;
  u32 first_bit;
  u32 RegisterCounts::*used;
  bool read;
  bool written;
};

std::optional<RegisterClass> class_of(OperandKind kind) {
  constexpr u32 kVectors = kScalarRegisters;
  constexpr u32 kMasks = kVectors + kVectorRegisters;
  const auto scalar = [](bool read, bool written) {
    return RegisterClass{'s', kScalarRegisters, 0, &RegisterCounts::scalars, read, written};
  };
  const auto vector = [](bool read, bool written) {
    return RegisterClass{'v', kVectorRegisters, kVectors, &RegisterCounts::vectors, read, written};
  };
  const auto mask = [](bool read, bool written) {
    return RegisterClass{'m', kMaskRegisters, kMasks, &RegisterCounts::masks, read, written};
  };
  switch (kind) {
    case OperandKind::kNone:
      return std::nullopt;
    case OperandKind::kScalarOut:
      return scalar(false, true);
    case OperandKind::kScalarInOut:
      return scalar(true, true);
    case OperandKind::kScalar:
      return scalar(true, false);
    case OperandKind::kVectorOut:
      return vector(false, true);
    case OperandKind::kVector:
      return vector(true, false);
    case OperandKind::kMaskOut:
      return mask(false, true);
    case OperandKind::kMask:
      return mask(true, false);
  }
  return std::nullopt;
}

/// Those that outlive an io.load.
constexpr RegisterSet kScalarBits = (RegisterSet{1} << kScalarRegisters) - 1;

/// The register that an immediate names is read like an operand.
OperandKind operand_of(ImmediateKind kind) {
  if (kind == ImmediateKind::kScalarRegister) return OperandKind::kScalar;
  return kind == ImmediateKind::kMaskRegister ? OperandKind::kMask : OperandKind::kNone;
}

/// One pass over the code. All jumps but a loop's own go forward, and what a loop's body sets is
/// not yet set where its first run begins: what is set before an instruction is known when the pass
/// reaches it. Only an io.load unsets registers; where a body has one, they are taken as unset from
/// the body's beginning on.
class FlowCheck {
 public:
  FlowCheck(const Program& program, const Code& code)
      : program_(program),
        code_(code),
        arriving_(code.instructions.size()),
        parks_(code.instructions.size()) {
    find_parking_loops();
  }

  Result<RegisterCounts> run() {
    arriving_[0] = RegisterSet{0};
    for (at_ = 0; at_ < code_.size(); ++at_) {
      if (!arriving_[at_]) {
        return tl::unexpected(
            rejection(program_, at_, "no path leads here", "remove it, or jump to it"));
      }
      set_ = *arriving_[at_];
      Status status = check_operands();
      if (status) status = leave();
      if (!status) return tl::unexpected(status.error());
    }
    return counts_;
  }

 private:
  [[nodiscard]] tl::unexpected<Error> reject(const std::string& reason, std::string fix) const {
    return tl::unexpected(rejection(program_, at_, reason, std::move(fix)));
  }

  void find_parking_loops() {
    for (u32 at = 0; at < code_.size(); ++at) {
      if (code_.instructions[at].op != Op::kIoLoad) continue;
      parks_[at] = true;
      for (u32 loop = code_.loop[at]; loop != Code::kNoLoop; loop = code_.loop[loop]) {
        parks_[loop] = true;
      }
    }
  }

  Status check_operands() {
    const Instruction i = code_.instructions[at_];
    const InstructionInfo& row = *code_.rows[at_];
    Status status = check_register("a", row.a, i.a);
    if (status) status = check_register("b", row.b, i.b);
    if (status) status = check_register("dst", row.dst, i.dst);
    const OperandKind named = operand_of(row.immediate);
    if (status && named != OperandKind::kNone) {
      status = check_register("immediate", named, i.immediate);
    }
    if (!status) return status;
    const auto target = class_of(row.dst);
    if (target && target->written) set_ |= RegisterSet{1} << (target->first_bit + i.dst);
    return {};
  }

  Status check_register(const char* field, OperandKind kind, u32 index) {
    const auto wanted = class_of(kind);
    if (!wanted) {
      if (index == 0) return {};
      return reject(fmt::format("field {} is {}, but unused", field, index), "set it to 0");
    }
    if (index >= wanted->count) {
      return reject(fmt::format("operand {} names register {}{}", field, wanted->letter, index),
                    fmt::format("use {0}0 to {0}{1}", wanted->letter, wanted->count - 1));
    }
    if (wanted->read && (set_ >> (wanted->first_bit + index) & 1) == 0) {
      return reject(
          fmt::format("{}{} is read, but not set on every path here", wanted->letter, index),
          fmt::format("set {}{} before", wanted->letter, index));
    }
    u32& used = counts_.*wanted->used;
    used = std::max(used, index + 1);
    return {};
  }

  /// A target lies after the jump and in the same loop (its `end` counts as inside).
  [[nodiscard]] Status check_target(u32 target) const {
    const u32 loop = code_.loop[at_];
    const u32 last = loop == Code::kNoLoop ? code_.size() - 1 : code_.partner[loop];
    if (target <= at_ || target > last) {
      return reject(fmt::format("it jumps to instruction {}", target),
                    fmt::format("jump forward, to at most {} here", last));
    }
    if (code_.loop[target] != loop) {
      return reject(fmt::format("it jumps to instruction {}, into a loop", target),
                    "jump to the loop's repeat, or past its end");
    }
    return {};
  }

  void arrive(u32 target, RegisterSet set) {
    arriving_[target] = arriving_[target] ? *arriving_[target] & set : set;
  }

  /// Whether the path ends here or goes on, and where to.
  Status leave() {
    const Instruction i = code_.instructions[at_];
    const bool jumps = code_.rows[at_]->immediate == ImmediateKind::kTarget;
    if (jumps) {
      if (Status status = check_target(i.immediate); !status) return status;
      arrive(i.immediate, set_);
    }
    if (i.op == Op::kHalt || i.op == Op::kJump) return {};
    const bool leaves_loop = i.op == Op::kBreak || i.op == Op::kRepeatScalar;
    const u32 end = code_.partner[at_];
    if (at_ + 1 == code_.size() || (leaves_loop && end + 1 == code_.size())) {
      return reject("the program runs past its last instruction", "end it with halt");
    }
    if (leaves_loop) arrive(end + 1, set_);
    arrive(at_ + 1, parks_[at_] ? set_ & kScalarBits : set_);
    return {};
  }

  const Program& program_;
  const Code& code_;
  /// Registers that are set on every path that reaches an instruction; none: no path does yet.
  std::vector<std::optional<RegisterSet>> arriving_;
  /// Of each instruction: it is an io.load, or begins a loop that has one.
  std::vector<bool> parks_;
  u32 at_ = 0;
  RegisterSet set_ = 0;
  RegisterCounts counts_;
};

}  // namespace

Result<RegisterCounts> check_flow(const Program& program, const Code& code) {
  return FlowCheck(program, code).run();
}

}  // namespace vyre::vir0
