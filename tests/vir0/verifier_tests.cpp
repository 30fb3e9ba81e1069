#include <gtest/gtest.h>

#include <string>

#include "base/units.hpp"
#include "tests/support/automaton_builder.hpp"
#include "vir0/isa.hpp"
#include "vir0/limits.hpp"
#include "vyre/program.hpp"

// What the programs of tests/vir0/verifier/*.cases cannot show: sizes beyond what one writes by
// hand, values that the text form has no words for, automata with members and checks.
namespace vyre {
namespace {

using vir0::Instruction;
using vir0::Op;

constexpr Instruction kHalt{Op::kHalt, 0, 0, 0, 0};

Program program_of(const std::vector<Instruction>& code) {
  Program program;
  for (const Instruction& instruction : code) program.code.push_back(vir0::pack(instruction));
  return program;
}

Program halt_alone() { return program_of({kHalt}); }

void expect_rejected(const Program& program, int detail) {
  const auto verified = verify(program);
  ASSERT_FALSE(verified);
  EXPECT_EQ(verified.error().code, ErrorCode::kInvalidProgram);
  EXPECT_EQ(verified.error().detail, detail) << verified.error().message();
  EXPECT_FALSE(verified.error().fix.empty());
}

constexpr int kWholeProgram = -1;

TEST(Verifier, LimitsTheNumberOfInstructions) {
  Program program;
  program.code.assign(vir0::kMaxInstructions - 1, vir0::pack({Op::kScalarConst, 0, 0, 0, 0}));
  program.code.push_back(vir0::pack(kHalt));
  EXPECT_TRUE(verify(program));
  program.code.push_back(vir0::pack(kHalt));
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, LimitsTheNumberOfTables) {
  Program program = halt_alone();
  program.tables.resize(vir0::kMaxTables);
  EXPECT_TRUE(verify(program));
  program.tables.emplace_back();
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, LimitsTheNumberOfWindows) {
  Program program = halt_alone();
  for (u32 i = 0; i < vir0::kMaxWindows; ++i) {
    program.windows.push_back({"w" + std::to_string(i), WindowAccess::kAdd, i, 1});
  }
  EXPECT_TRUE(verify(program));
  program.windows.push_back({"last", WindowAccess::kAdd, 1000, 1});
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, LimitsTheNumberOfSymbols) {
  Program program = halt_alone();
  for (std::size_t i = 0; i < vir0::kMaxSymbols; ++i) {
    program.symbols.push_back({Symbol::Kind::kLabel, 0, "l" + std::to_string(i)});
  }
  EXPECT_TRUE(verify(program));
  program.symbols.push_back({Symbol::Kind::kLabel, 0, "last"});
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, LimitsMetadata) {
  Program program = halt_alone();
  program.metadata.assign(vir0::kMaxMetadataBytes, 'x');
  EXPECT_TRUE(verify(program));
  program.metadata += 'x';
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, LimitsUnknownSections) {
  constexpr u32 kIgnorable = 0x80000000;
  Program many = halt_alone();
  many.unknown_sections.resize(vir0::kMaxUnknownSections, {kIgnorable, {}});
  EXPECT_TRUE(verify(many));
  many.unknown_sections.push_back({kIgnorable, {}});
  expect_rejected(many, kWholeProgram);

  Program large = halt_alone();
  large.unknown_sections = {{kIgnorable, std::vector<std::byte>(vir0::kMaxUnknownBytes - 1)},
                            {kIgnorable, std::vector<std::byte>(1)}};
  EXPECT_TRUE(verify(large));
  large.unknown_sections[1].bytes.resize(2);
  expect_rejected(large, kWholeProgram);
}

TEST(Verifier, RefusesSectionsThatMayNotBeIgnored) {
  Program program = halt_alone();
  program.unknown_sections = {{0x7FFFFFFF, {}}};
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, RefusesKindsThatDoNotExist) {
  Program result = halt_alone();
  result.results = {{"r", static_cast<Combine>(6), 1}};
  expect_rejected(result, kWholeProgram);
  Program window = halt_alone();
  window.windows = {{"w", static_cast<WindowAccess>(6), 0, 1}};
  expect_rejected(window, kWholeProgram);
  Program symbol = halt_alone();
  symbol.symbols = {{static_cast<Symbol::Kind>(2), 0, "s"}};
  expect_rejected(symbol, kWholeProgram);
}

TEST(Verifier, RefusesNamesThatHoldAZeroByte) {
  Program program = halt_alone();
  program.results = {{std::string("a\0b", 3), Combine::kSum, 1}};
  expect_rejected(program, kWholeProgram);
}

TEST(Verifier, NamesTheLabelBeforeARejectedInstruction) {
  Program program = program_of({{Op::kScalarConst, 0, 0, 0, 1},
                                {Op::kScalarConst, 0, 0, 0, 1},
                                {Op::kScalarMove, 0, 9, 0, 0},
                                kHalt});
  program.symbols = {{Symbol::Kind::kLabel, 3, "late"},
                     {Symbol::Kind::kLabel, 1, "near"},
                     {Symbol::Kind::kLabel, 0, "far"}};
  const auto verified = verify(program);
  ASSERT_FALSE(verified);
  EXPECT_NE(verified.error().what.find("near"), std::string::npos) << verified.error().what;
  EXPECT_EQ(verified.error().what.find("far"), std::string::npos);
}

/// `automaton` run `runs` times.
Program automaton_program(const std::vector<testing::Factor>& factors, u32 runs) {
  Program program = program_of(
      {{Op::kRepeat, 0, 0, 0, runs}, {Op::kAutomaton, 0, 0, 0, 0}, {Op::kEnd, 0, 0, 0, 0}, kHalt});
  program.tables = {testing::build_automaton(factors)};
  return program;
}

testing::Factor checked_factor(std::string_view text, u32 limit) {
  return {testing::literal(text), 0, testing::Follow{testing::literal("x"), limit}};
}

TEST(Verifier, CountsTheMembersThatOneByteCanFind) {
  // After "abc" the first two end, after "b" the third alone.
  const std::vector<testing::Factor> factors = {{testing::literal("abc"), 1, {}},
                                                {testing::literal("bc"), 2, {}},
                                                {testing::literal("b"), 3, {}}};
  const auto verified = verify(automaton_program(factors, 3));
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ(verified->bounds().records_per_tile, 3u * 2 * kTileBytes);
  EXPECT_EQ(verified->fuel_per_tile(), 1u + 3 * (4096 + 1) + 1);
}

TEST(Verifier, AddsTheWorstChecksOfOneByteToTheFuel) {
  const std::vector<testing::Factor> factors = {
      checked_factor("abc", 100), checked_factor("bc", 30), checked_factor("zz", 120)};
  const auto verified = verify(automaton_program(factors, 2));
  ASSERT_TRUE(verified) << verified.error().message();
  EXPECT_EQ(verified->fuel_per_tile(), 1u + 2 * (4096 + 1 + u64{kLaneBytes} * 130) + 1);
}

TEST(Verifier, LimitsTheFuelOfChecksApart) {
  const std::vector<testing::Factor> factors(70, checked_factor("a", wire::kAutomatonMaxLimit));
  // Far above the limit of all other fuel, and accepted.
  const auto once = verify(automaton_program(factors, 1));
  ASSERT_TRUE(once) << once.error().message();
  EXPECT_GT(once->fuel_per_tile(), vir0::kMaxFuelPerTile);
  expect_rejected(automaton_program(factors, 1000), 1);
}

TEST(Verifier, KeepsTheProgram) {
  const Program program = halt_alone();
  const auto verified = verify(program);
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->program(), program);
  EXPECT_EQ(verified->proven().size(), program.code.size());
}

}  // namespace
}  // namespace vyre
