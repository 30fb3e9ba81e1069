#pragma once

#include <array>
#include <optional>
#include <vector>

#include "tests/oracle/chance.hpp"
#include "vir0/instruction_info.hpp"
#include "vyre/program.hpp"

namespace vyre::oracle {

enum class Bank : u8 { kScalar = 0, kVector = 1, kMask = 2 };

/// Registers that are certainly set, a word of bits for each bank.
using SetRegisters = std::array<u32, 3>;

/// Writes instructions one after the other and knows which registers every path has set by then, so
/// that what is read is set. Loops and forward jumps are opened and closed in the order of the
/// code.
class CodeWriter {
 public:
  CodeWriter(Chance& chance, Program& program) : chance_(chance), program_(program) {}

  void write(vir0::Op op, u32 dst = 0, u32 a = 0, u32 b = 0, u32 immediate = 0);

  /// A register that is set: any, or a fresh one with a constant where there is none.
  u32 read(Bank bank);
  /// A register to be written, held: no other call of claim() returns it before release().
  u32 claim(Bank bank);
  /// No vector and no mask counts as set any more.
  void forget_lanes() { set_[1] = set_[2] = 0; }
  /// Gives up what has been claimed; a statement ends.
  void release() { claimed_ = {}; }
  [[nodiscard]] const SetRegisters& set_registers() const { return set_; }

  /// Keeps a register from being claimed until as many drop_kept(): a loop's counter.
  void keep(Bank bank, u32 index) { kept_.push_back({bank, index}); }
  void drop_kept() { kept_.pop_back(); }
  [[nodiscard]] std::size_t kept_count() const { return kept_.size(); }
  /// The kept register of the innermost loop that has one of this bank.
  [[nodiscard]] std::optional<u32> kept(Bank bank) const;

  /// A branch or jump to a place that is not yet known. Paths that take it arrive at land().
  struct Jump {
    std::size_t from;
    SetRegisters set;
  };
  Jump branch_if(bool zero, u32 scalar);
  Jump jump();
  void land(const Jump& jump);
  /// No path goes on behind the last instruction (a halt, a jump).
  [[nodiscard]] bool reachable() const { return reachable_; }

  void begin_repeat(u32 runs);
  void begin_repeat_scalar(u32 scalar, u32 most);
  void break_if(u32 scalar);
  /// A branch to the innermost loop's end: its next run begins.
  void continue_if(u32 scalar);
  void end_loop();
  [[nodiscard]] u32 loop_depth() const { return static_cast<u32>(loops_.size()); }
  /// How often the next instruction runs at most.
  [[nodiscard]] u64 runs() const { return loops_.empty() ? 1 : loops_.back().runs; }
  /// Worst-case fuel of what has been written.
  [[nodiscard]] u64 fuel() const { return fuel_; }
  [[nodiscard]] std::size_t size() const { return program_.code.size(); }

 private:
  struct Kept {
    Bank bank;
    u32 index;
  };
  struct Loop {
    u64 runs;
    /// May run its body not once.
    bool may_skip;
    SetRegisters before;
    std::vector<Jump> continues;
    std::vector<SetRegisters> breaks;
  };

  void open_loop(u32 runs, bool may_skip);
  void mark_set(vir0::OperandKind kind, u32 index);
  void meet(const SetRegisters& arriving);

  Chance& chance_;
  Program& program_;
  SetRegisters set_{};
  SetRegisters claimed_{};
  std::vector<Kept> kept_;
  bool reachable_ = true;
  std::vector<Loop> loops_;
  u64 fuel_ = 0;
};

}  // namespace vyre::oracle
