#include "vir0/verifier_immediates.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "vir0/limits.hpp"

namespace vyre::vir0 {
namespace {

/// The one access other than kState that allows an instruction; kState where there is none.
WindowAccess access_for(ImmediateKind kind) {
  switch (kind) {
    case ImmediateKind::kWindowLoad:
      return WindowAccess::kRead;
    case ImmediateKind::kWindowAdd:
      return WindowAccess::kAdd;
    case ImmediateKind::kWindowMin:
      return WindowAccess::kMin;
    case ImmediateKind::kWindowMax:
      return WindowAccess::kMax;
    case ImmediateKind::kWindowOr:
      return WindowAccess::kOr;
    default:
      return WindowAccess::kState;
  }
}

const char* name_of(WindowAccess access) {
  constexpr const char* kNames[] = {"read", "add", "min", "max", "or", "state"};
  return kNames[static_cast<u8>(access)];
}

class ImmediateCheck {
 public:
  ImmediateCheck(const Program& program, const Code& code, const DeclarationTotals& totals)
      : program_(program),
        code_(code),
        totals_(totals),
        costs_(program.tables.size()),
        known_automata_(program.tables.size()) {}

  Result<AutomatonCosts> run() {
    for (at_ = 0; at_ < code_.size(); ++at_) {
      if (Status status = check(); !status) return tl::unexpected(status.error());
    }
    return std::move(costs_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> reject(const std::string& reason, std::string fix) const {
    return tl::unexpected(rejection(program_, at_, reason, std::move(fix)));
  }

  Status check() {
    const Op op = code_.instructions[at_].op;
    if (op >= Op::kIoLoad && op <= Op::kCopyInbox && program_.io_bytes == 0) {
      return reject("the program does not declare how many bytes it loads at once",
                    "declare them with .io");
    }
    const u32 value = code_.instructions[at_].immediate;
    const ImmediateKind kind = code_.rows[at_]->immediate;
    switch (kind) {
      case ImmediateKind::kValue:
      case ImmediateKind::kTarget:
      case ImmediateKind::kScalarRegister:
      case ImmediateKind::kMaskRegister:
        return {};
      case ImmediateKind::kNone:
        return in_range("the unused immediate", value, 0, 0);
      case ImmediateKind::kInput:
        return in_range("the input", value, 0, kTileInputs - 1);
      case ImmediateKind::kCount:
        return in_range("the repeat count", value, 1, kMaxRepeat);
      case ImmediateKind::kFlag:
        return in_range("the flag", value, 0, 1);
      case ImmediateKind::kHalf:
        return in_range("the half", value, 0, 1);
      case ImmediateKind::kByte:
        return in_range("the byte", value, 0, 255);
      case ImmediateKind::kResult:
        return check_result(value, 1);
      case ImmediateKind::kResultBlock:
        return check_result_block(value);
      case ImmediateKind::kCarry:
        return check_declared("carry word", value, 1, program_.carry_words);
      case ImmediateKind::kCarryBlock:
        return check_declared("carry word", value, kXxh64CarryWords, program_.carry_words);
      case ImmediateKind::kTableU8:
      case ImmediateKind::kTableU16:
      case ImmediateKind::kTableU32:
      case ImmediateKind::kTableSet:
      case ImmediateKind::kTableLiteral:
      case ImmediateKind::kTableAutomaton:
        return check_table(kind, value);
      case ImmediateKind::kWindowLoad:
      case ImmediateKind::kWindowStore:
      case ImmediateKind::kWindowAdd:
      case ImmediateKind::kWindowMin:
      case ImmediateKind::kWindowMax:
      case ImmediateKind::kWindowOr:
        return check_window(kind, value);
    }
    return {};
  }

  [[nodiscard]] Status in_range(const char* name, u32 value, u32 least, u32 most) const {
    if (value >= least && value <= most) return {};
    return reject(fmt::format("{} is {}", name, value),
                  least == most ? fmt::format("set it to {}", least)
                                : fmt::format("use {} to {}", least, most));
  }

  /// `needed` things from `first` on are declared.
  [[nodiscard]] Status check_declared(const char* name, u32 first, u32 needed, u32 declared) const {
    if (first < declared && declared - first >= needed) return {};
    return reject(needed == 1 ? fmt::format("{} {} of {}", name, first, declared)
                              : fmt::format("{}s {} to {} of {}", name, first,
                                            u64{first} + needed - 1, declared),
                  "declare as many as it names");
  }

  [[nodiscard]] Status check_result(u32 first, u32 needed) const {
    return check_declared("result word", first, needed,
                          static_cast<u32>(totals_.result_words.size()));
  }

  [[nodiscard]] Status check_result_block(u32 first) const {
    if (Status status = check_result(first, kHistogramWords); !status) return status;
    const auto begin = totals_.result_words.begin() + first;
    const auto end = begin + kHistogramWords;
    const auto other =
        std::find_if(begin, end, [](Combine combine) { return combine != Combine::kSum; });
    if (other == end) return {};
    return reject(fmt::format("result word {} does not combine by sum", first + (other - begin)),
                  fmt::format("declare {} words of kind sum", kHistogramWords));
  }

  Status check_table(ImmediateKind kind, u32 index) {
    if (index >= program_.tables.size()) {
      return reject(fmt::format("table {} of {}", index, program_.tables.size()),
                    "name a table that the program has");
    }
    const std::size_t size = program_.tables[index].size();
    switch (kind) {
      case ImmediateKind::kTableU8:
        return check_elements(index, size, 1);
      case ImmediateKind::kTableU16:
        return check_elements(index, size, 2);
      case ImmediateKind::kTableU32:
        return check_elements(index, size, 4);
      case ImmediateKind::kTableSet:
        if (size == kSetBytes) return {};
        return reject(fmt::format("table {} has {} bytes, a set has {}", index, size, kSetBytes),
                      "write one bit per byte value");
      case ImmediateKind::kTableLiteral:
        if (size >= 1 && size <= kMaxLiteralBytes) return {};
        return reject(
            fmt::format("table {} has {} bytes, too few or many for a literal", index, size),
            fmt::format("search for 1 to {} bytes", kMaxLiteralBytes));
      default:
        return check_automaton(index);
    }
  }

  [[nodiscard]] Status check_elements(u32 index, std::size_t size, std::size_t width) const {
    if (size != 0 && size % width == 0) return {};
    return reject(fmt::format("table {} has {} bytes", index, size),
                  fmt::format("give it whole elements of {} bytes, at least one", width));
  }

  Status check_automaton(u32 index) {
    if (known_automata_[index]) return {};
    if (const auto problem = automaton_problem(program_.tables[index])) {
      return reject(fmt::format("table {} is not an automaton: {}", index, *problem),
                    "compile the table again");
    }
    known_automata_[index] = true;
    costs_[index] = automaton_cost(program_.tables[index]);
    return {};
  }

  [[nodiscard]] Status check_window(ImmediateKind kind, u32 index) const {
    if (index >= program_.windows.size()) {
      return reject(fmt::format("window {} of {}", index, program_.windows.size()),
                    "name a window that the program declares");
    }
    const WindowDeclaration& window = program_.windows[index];
    const WindowAccess needed = access_for(kind);
    if (window.access == WindowAccess::kState || window.access == needed) return {};
    const std::string fix =
        needed == WindowAccess::kState
            ? "declare it with the access state"
            : fmt::format("declare it with the access {}, or state", name_of(needed));
    return reject(fmt::format("the access {} of window {} does not allow it",
                              name_of(window.access), window.name),
                  fix);
  }

  const Program& program_;
  const Code& code_;
  const DeclarationTotals& totals_;
  AutomatonCosts costs_;
  std::vector<bool> known_automata_;
  u32 at_ = 0;
};

}  // namespace

Result<AutomatonCosts> check_immediates(const Program& program, const Code& code,
                                        const DeclarationTotals& totals) {
  return ImmediateCheck(program, code, totals).run();
}

}  // namespace vyre::vir0
