#include "tests/oracle/program_generator.hpp"

#include <algorithm>
#include <optional>

#include "tests/oracle/access_generator.hpp"

namespace vyre::oracle {
namespace {

using vir0::ImmediateKind;
using vir0::InstructionInfo;
using vir0::Op;
using vir0::OperandKind;

/// How much a program does, at most.
struct Limits {
  u64 fuel;
  u32 statements;
};

Limits draw_limits(Chance& chance) {
  const u32 kind = chance.below(10);
  if (kind < 2) return {chance.between(6000, 16000), 300};
  if (kind < 6) return {chance.between(2000, 6000), 150};
  return {chance.between(200, 2500), 60};
}

std::optional<Bank> bank_of(OperandKind kind) {
  switch (kind) {
    case OperandKind::kNone:
      return std::nullopt;
    case OperandKind::kScalar:
    case OperandKind::kScalarOut:
    case OperandKind::kScalarInOut:
      return Bank::kScalar;
    case OperandKind::kVector:
    case OperandKind::kVectorOut:
      return Bank::kVector;
    case OperandKind::kMask:
    case OperandKind::kMaskOut:
      return Bank::kMask;
  }
  return std::nullopt;
}

bool touches_registers_alone(const InstructionInfo& row) {
  return row.op >= Op::kScalarConst && row.op <= Op::kMaskLast;
}

struct Counter {
  Bank bank;
  u32 index;
};

class ProgramGenerator {
 public:
  ProgramGenerator(Chance& chance, GeneratedDeclarations& declared, u32 risk)
      : chance_(chance),
        limits_(draw_limits(chance)),
        program_(declared.program),
        code_(chance, declared.program),
        access_(chance, code_, declared, risk) {}

  void run() {
    begin();
    block(chance_.between(3, limits_.statements));
    if (code_.reachable()) finish();
    add_symbols();
  }

 private:
  /// Some values that a program would start from.
  void begin() {
    for (u32 i = chance_.below(5); i > 0; --i) {
      const u32 scalar = code_.claim(Bank::kScalar);
      code_.write(Op::kScalarInput, scalar, 0, 0, chance_.below(vir0::kTileInputs));
    }
    for (u32 i = chance_.below(3); i > 0; --i) {
      const u32 scalar = code_.read(Bank::kScalar);
      code_.write(Op::kVectorSplat, code_.claim(Bank::kVector), scalar);
    }
    code_.write(Op::kVectorLane, code_.claim(Bank::kVector));
    code_.release();
  }

  /// Statements up to the limit, a path that ends, or no fuel left.
  void block(u32 statements) {
    for (u32 i = 0; i < statements && code_.reachable() && !exhausted(100); ++i) {
      statement();
      code_.release();
    }
  }

  /// Whether `more` fuel here does not fit.
  [[nodiscard]] bool exhausted(u64 more) const {
    return code_.fuel() + code_.runs() * more > limits_.fuel || code_.size() > 3000;
  }

  void statement() {
    // A loop around it would have to know of it from its beginning on.
    const bool may_load = program_.io_bytes != 0 && code_.loop_depth() == 0;
    if (may_load && !exhausted(9 * 700) && chance_.percent(12)) return access_.load();
    const u32 kind = chance_.below(100);
    if (kind < 40) return register_instruction();
    if (kind < 48) return access_.tile_load();
    if (kind < 53) return access_.block_load();
    if (kind < 59) return access_.table_load();
    if (kind < 66) return access_.window_access();
    if (kind < 70) return access_.carry_access();
    if (kind < 74) return access_.emit();
    if (kind < 76) return exhausted(600) ? register_instruction() : access_.copy();
    if (kind < 83) return macro();
    if (kind < 91) return condition();
    if (kind < 96) return loop();
    leave_loop();
  }

  /// Macro-instructions cost an interpreter less than their fuel says.
  void macro() {
    const bool affordable = code_.fuel() + code_.runs() * 4096 < 20000;
    if (code_.runs() > 4 || !affordable || exhausted(400)) return register_instruction();
    access_.macro();
  }

  void register_instruction() {
    const auto rows = vir0::instructions();
    const InstructionInfo* row = nullptr;
    do {
      row = &rows[chance_.below(static_cast<u32>(rows.size()))];
    } while (!touches_registers_alone(*row));
    const auto bank = bank_of(row->dst);
    const u32 a = operand(row->a);
    const u32 b = operand(row->b);
    const u32 value = immediate(row->immediate);
    const u32 dst =
        row->dst == OperandKind::kScalarInOut ? code_.read(Bank::kScalar) : code_.claim(*bank);
    code_.write(row->op, dst, a, b, value);
    if (chance_.percent(40)) access_.observe(*bank, dst);
  }

  u32 operand(OperandKind kind) {
    const auto bank = bank_of(kind);
    return bank ? code_.read(*bank) : 0;
  }

  u32 immediate(ImmediateKind kind) {
    switch (kind) {
      case ImmediateKind::kNone:
        return 0;
      case ImmediateKind::kInput:
        return chance_.below(vir0::kTileInputs);
      case ImmediateKind::kScalarRegister:
        return code_.read(Bank::kScalar);
      case ImmediateKind::kMaskRegister:
        return code_.read(Bank::kMask);
      case ImmediateKind::kFlag:
      case ImmediateKind::kHalf:
        return chance_.below(2);
      default:
        return chance_.edge_number();
    }
  }

  /// A scalar that is 0 about as often as not.
  u32 coin() {
    const u32 any = code_.read(Bank::kScalar);
    const u32 scalar = code_.claim(Bank::kScalar);
    switch (chance_.below(4)) {
      case 0:
        return any;
      case 1:
        code_.write(Op::kScalarAndImmediate, scalar, any, 0, chance_.one_of({1u, 2u, 4u}));
        return scalar;
      case 2:
        code_.write(Op::kScalarLt, scalar, any, code_.read(Bank::kScalar));
        return scalar;
      default:
        code_.write(Op::kScalarAndImmediate, scalar, any, 0, 3);
        code_.write(Op::kScalarEqImmediate, scalar, scalar, 0, chance_.below(4));
        return scalar;
    }
  }

  void condition() {
    const u32 tested = coin();
    const auto over = code_.branch_if(chance_.percent(50), tested);
    code_.release();
    block(chance_.between(1, 5));
    if (chance_.percent(8) && code_.reachable()) code_.write(Op::kHalt);
    if (!code_.reachable() || chance_.percent(50)) return code_.land(over);
    const auto end = code_.jump();
    code_.land(over);
    block(chance_.between(1, 5));
    code_.land(end);
  }

  void loop() {
    if (code_.loop_depth() == vir0::kMaxLoopDepth || exhausted(300)) return;
    const u64 left = (limits_.fuel - code_.fuel()) / code_.runs();
    const u32 most = static_cast<u32>(std::min<u64>(left / 150, chance_.percent(90) ? 6 : 70));
    const u32 runs = chance_.between(1, std::max(1u, most));
    const auto counter = begin_counter();
    const bool counts_inside = counter && chance_.percent(30);
    const std::size_t deferred = deferred_.size();
    if (counts_inside) deferred_.push_back(*counter);
    if (chance_.percent(50)) {
      code_.begin_repeat(runs);
    } else {
      code_.begin_repeat_scalar(chance_.percent(50) ? coin() : access_.position(), runs);
    }
    code_.release();
    const bool counts_first = chance_.percent(50);
    const bool counts = counter && !counts_inside;
    if (counts && counts_first) count(*counter);
    if (!counter && !deferred_.empty() && chance_.percent(50)) {
      count(deferred_.back());
      deferred_.pop_back();
    }
    if (chance_.percent(30)) loop();
    block(chance_.between(1, runs > 6 ? 3 : 8));
    if (counts && !counts_first) count(*counter);
    code_.end_loop();
    if (counter) code_.drop_kept();
    deferred_.resize(std::min(deferred_.size(), deferred));
  }

  /// A scalar or vector that nothing but the loop's count() changes, as a rule.
  std::optional<Counter> begin_counter() {
    constexpr std::size_t kMostKept = 3;
    if (code_.kept_count() == kMostKept || chance_.percent(40)) return std::nullopt;
    const Bank bank = chance_.percent(60) ? Bank::kScalar : Bank::kVector;
    const u32 counter = code_.claim(bank);
    const u32 start = chance_.one_of({0u, 0u, 1u, 100u, 65000u, 0xFFFFFF00u});
    if (bank == Bank::kScalar) {
      code_.write(Op::kScalarConst, counter, 0, 0, start);
    } else {
      code_.write(Op::kVectorLane, counter);
      code_.write(Op::kVectorAddImmediate, counter, counter, 0, start);
    }
    code_.keep(bank, counter);
    return Counter{bank, counter};
  }

  void count(const Counter& counter) {
    const u32 step = chance_.percent(70) ? chance_.one_of({1u, 4u, 128u, 4096u, 0xFFFFFFFFu})
                                         : chance_.edge_number();
    const bool scalar = counter.bank == Bank::kScalar;
    code_.write(scalar ? Op::kScalarAddImmediate : Op::kVectorAddImmediate, counter.index,
                counter.index, 0, step);
  }

  void leave_loop() {
    if (code_.loop_depth() == 0) return loop();
    if (chance_.percent(60)) return code_.break_if(coin());
    code_.continue_if(coin());
  }

  /// What is set becomes part of the results; then the tile ends.
  void finish() {
    const SetRegisters set = code_.set_registers();
    for (const Bank bank : {Bank::kScalar, Bank::kVector, Bank::kMask}) {
      for (u32 index = 0; index < 16; ++index) {
        if ((set[static_cast<std::size_t>(bank)] >> index & 1) == 0 || chance_.percent(30))
          continue;
        access_.observe(bank, index);
        code_.release();
      }
    }
    code_.write(Op::kHalt);
  }

  void add_symbols() {
    for (u32 at = 0; at < program_.code.size(); ++at) {
      if (!chance_.percent(3)) continue;
      program_.symbols.push_back({Symbol::Kind::kLabel, at, "label" + std::to_string(at)});
    }
    for (u32 table = 0; table < program_.tables.size(); ++table) {
      if (!chance_.percent(30)) continue;
      program_.symbols.push_back({Symbol::Kind::kTable, table, "table" + std::to_string(table)});
    }
  }

  Chance& chance_;
  Limits limits_;
  Program& program_;
  CodeWriter code_;
  AccessGenerator access_;
  /// Counters of open loops that an inner loop is to count.
  std::vector<Counter> deferred_;
};

}  // namespace

GeneratedProgram generate_program(u64 seed) {
  Chance chance(seed);
  const u32 risk = chance.percent(45) ? 0 : chance.one_of({4u, 12u, 35u});
  GeneratedDeclarations declared = generate_declarations(chance, risk == 0);
  ProgramGenerator(chance, declared, risk).run();
  return {std::move(declared.program), std::move(declared.planted)};
}

}  // namespace vyre::oracle
