#include "tests/fuzz/declarations_on_demand.hpp"

#include <array>
#include <string>

#include "tests/support/automaton_builder.hpp"

namespace vyre::fuzz {
namespace {

using vir0::ImmediateKind;

/// Few, so that instructions share them.
constexpr std::size_t kMostOfAKind = 3;

/// Automata are dear to build, and an input's bytes would hardly make one.
const std::vector<std::byte>& automaton(u32 which) {
  using testing::build_automaton;
  using testing::literal;
  static const std::array<std::vector<std::byte>, 4> kAutomata = {
      build_automaton({{literal("a"), 1, {}}}),
      build_automaton({{literal("ab", true), 2, {}}, {literal("bca"), 3, {}}}),
      build_automaton({{literal("a"), 4, {{literal("bb"), 5}}}, {literal("zz"), 5, {}}}),
      build_automaton({{literal(std::string(16, 'a')), 6, {{literal("a"), 64}}}})};
  return kAutomata[which % kAutomata.size()];
}

bool allows(WindowAccess access, ImmediateKind kind) {
  if (access == WindowAccess::kState) return true;
  switch (kind) {
    case ImmediateKind::kWindowLoad:
      return access == WindowAccess::kRead;
    case ImmediateKind::kWindowAdd:
      return access == WindowAccess::kAdd;
    case ImmediateKind::kWindowMin:
      return access == WindowAccess::kMin;
    case ImmediateKind::kWindowMax:
      return access == WindowAccess::kMax;
    case ImmediateKind::kWindowOr:
      return access == WindowAccess::kOr;
    default:
      return false;
  }
}

WindowAccess access_for(ImmediateKind kind) {
  for (const auto access : {WindowAccess::kRead, WindowAccess::kAdd, WindowAccess::kMin,
                            WindowAccess::kMax, WindowAccess::kOr}) {
    if (allows(access, kind)) return access;
  }
  return WindowAccess::kState;
}

std::string numbered(const char* name, std::size_t number) { return name + std::to_string(number); }

}  // namespace

u32 DeclarationsOnDemand::name(ImmediateKind kind) {
  switch (kind) {
    case ImmediateKind::kResult:
      return result();
    case ImmediateKind::kResultBlock:
      return histogram();
    case ImmediateKind::kCarry:
      return carry(1);
    case ImmediateKind::kCarryBlock:
      return carry(vir0::kXxh64CarryWords);
    case ImmediateKind::kTableU8:
    case ImmediateKind::kTableU16:
    case ImmediateKind::kTableU32:
    case ImmediateKind::kTableSet:
    case ImmediateKind::kTableLiteral:
    case ImmediateKind::kTableAutomaton:
      return table(kind);
    case ImmediateKind::kWindowLoad:
    case ImmediateKind::kWindowStore:
    case ImmediateKind::kWindowAdd:
    case ImmediateKind::kWindowMin:
    case ImmediateKind::kWindowMax:
    case ImmediateKind::kWindowOr:
      return window(kind);
    default:
      return 0;
  }
}

u32 DeclarationsOnDemand::count_of(ImmediateKind kind, u32 immediate) const {
  if (kind >= ImmediateKind::kWindowLoad) return program_.windows[immediate].count;
  const auto bytes = static_cast<u32>(program_.tables[immediate].size());
  if (kind == ImmediateKind::kTableU16) return bytes / 2;
  return kind == ImmediateKind::kTableU32 ? bytes / 4 : bytes;
}

u32 DeclarationsOnDemand::result_words() const {
  u32 words = 0;
  for (const ResultDeclaration& result : program_.results) words += result.count;
  return words;
}

u32 DeclarationsOnDemand::result() {
  const u32 choice = in_.byte();
  if (program_.results.size() < kMostOfAKind && choice % 4 == 0) {
    program_.results.push_back({numbered("r", program_.results.size()),
                                static_cast<Combine>(choice / 4 % 6), 1 + choice / 32});
  }
  const u32 words = result_words();
  if (words != 0) return choice % words;
  program_.results.push_back({"r0", Combine::kSum, 1});
  return 0;
}

u32 DeclarationsOnDemand::histogram() {
  u32 first = 0;
  for (const ResultDeclaration& result : program_.results) {
    if (result.combine == Combine::kSum && result.count >= vir0::kHistogramWords) {
      return first + in_.below(result.count - vir0::kHistogramWords + 1);
    }
    first += result.count;
  }
  program_.results.push_back({"bytes", Combine::kSum, vir0::kHistogramWords + in_.below(4)});
  return first;
}

u32 DeclarationsOnDemand::carry(u32 words) {
  const u32 first = in_.below(vir0::kMaxCarryWords - words + 1);
  if (program_.carry_words < first + words) program_.carry_words = first + words;
  return first;
}

u32 DeclarationsOnDemand::window(ImmediateKind kind) {
  const u32 choice = in_.byte();
  std::vector<u32> fit;
  u32 end = 0;
  for (const WindowDeclaration& window : program_.windows) {
    if (allows(window.access, kind))
      fit.push_back(static_cast<u32>(&window - &program_.windows[0]));
    end = window.first + window.count;
  }
  if (!fit.empty() && (fit.size() == kMostOfAKind || choice % 4 != 0)) {
    return fit[choice % fit.size()];
  }
  const bool state = choice % 8 == 0;
  program_.windows.push_back({numbered("w", program_.windows.size()),
                              state ? WindowAccess::kState : access_for(kind), end + choice / 128,
                              1 + choice});
  return static_cast<u32>(program_.windows.size() - 1);
}

std::vector<std::byte> DeclarationsOnDemand::make_table(ImmediateKind kind) {
  if (kind == ImmediateKind::kTableAutomaton) return automaton(in_.byte());
  std::size_t size = 1 + in_.below(kind == ImmediateKind::kTableLiteral ? 5 : 200);
  if (kind == ImmediateKind::kTableU16) size = (size + 1) / 2 * 2;
  if (kind == ImmediateKind::kTableU32) size = (size + 3) / 4 * 4;
  if (kind == ImmediateKind::kTableSet) size = vir0::kSetBytes;
  // A few bytes of the input, again and again: elements need not differ, only their number counts.
  const auto given = in_.bytes(size < 8 ? size : 8);
  std::vector<std::byte> table(size, std::byte{'a'});
  for (std::size_t i = 0; i < size && !given.empty(); ++i) table[i] = given[i % given.size()];
  return table;
}

u32 DeclarationsOnDemand::table(ImmediateKind kind) {
  std::vector<u32> fit;
  for (std::size_t i = 0; i < kinds_.size(); ++i) {
    if (kinds_[i] == kind) fit.push_back(static_cast<u32>(i));
  }
  const u32 choice = in_.byte();
  if (!fit.empty() && (fit.size() == kMostOfAKind || choice % 4 != 0)) {
    return fit[choice % fit.size()];
  }
  program_.tables.push_back(make_table(kind));
  kinds_.push_back(kind);
  return static_cast<u32>(program_.tables.size() - 1);
}

}  // namespace vyre::fuzz
