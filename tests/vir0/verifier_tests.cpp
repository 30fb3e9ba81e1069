#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "tests/support/automaton_builder.hpp"
#include "vir0/isa.hpp"
#include "vir0/limits.hpp"
#include "vyre/program.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace {

using vir0::Instruction;
using vir0::Op;

constexpr int kAccepted = -1;

struct Row {
  const char* name;
  std::vector<Instruction> code;
  /// The instruction that the rejection names, or kAccepted.
  int rejected_at = kAccepted;
};

std::vector<Instruction> nested_loops(int depth) {
  std::vector<Instruction> code(static_cast<std::size_t>(depth), {Op::kRepeat, 0, 0, 0, 1});
  code.insert(code.end(), static_cast<std::size_t>(depth), {Op::kEnd, 0, 0, 0, 0});
  code.push_back({Op::kHalt, 0, 0, 0, 0});
  return code;
}

const Instruction kHalt{Op::kHalt, 0, 0, 0, 0};
const Instruction kSetS0{Op::kScalarConst, 0, 0, 0, 5};
const Instruction kSetV0{Op::kVectorLane, 0, 0, 0, 0};
const Instruction kSetM0{Op::kMaskEq, 0, 0, 0, 0};
const Instruction kEnd{Op::kEnd, 0, 0, 0, 0};

Instruction repeat(u32 count) { return {Op::kRepeat, 0, 0, 0, count}; }
Instruction branch(u32 target) { return {Op::kBranch, 0, 0, 0, target}; }

const std::vector<Row>& structure_rows() {
  static const std::vector<Row> rows = {
      {"halt alone", {kHalt}},
      {"empty", {}, 0},
      {"no halt at the end", {kSetS0}, 0},
      {"unreachable after halt", {kHalt, kHalt}, 1},
      {"unknown opcode", {{static_cast<Op>(0x3F), 0, 0, 0, 0}, kHalt}, 0},
      {"opcode 0xFF", {{static_cast<Op>(0xFF), 0, 0, 0, 0}, kHalt}, 0},
      {"halt with dst", {{Op::kHalt, 1, 0, 0, 0}}, 0},
      {"halt with a", {{Op::kHalt, 0, 1, 0, 0}}, 0},
      {"halt with b", {{Op::kHalt, 0, 0, 1, 0}}, 0},
      {"halt with immediate", {{Op::kHalt, 0, 0, 0, 1}}, 0},
      {"branch forward", {kSetS0, branch(3), kSetS0, kHalt}},
      {"branch to next", {kSetS0, branch(2), kHalt}},
      {"branch to itself", {kSetS0, branch(1), kHalt}, 1},
      {"branch backward", {kSetS0, branch(0), kHalt}, 1},
      {"branch past the end", {kSetS0, branch(3), kHalt}, 1},
      {"branch far past the end", {kSetS0, branch(0xFFFFFFFF), kHalt}, 1},
      {"branch on an unset scalar", {branch(1), kHalt}, 0},
      {"branch over a loop", {kSetS0, branch(4), repeat(2), kEnd, kHalt}},
      {"branch to a loop's repeat", {kSetS0, branch(2), repeat(2), kEnd, kHalt}},
      {"branch into a loop", {kSetS0, branch(3), repeat(2), kSetS0, kEnd, kHalt}, 1},
      {"branch to the end of a loop from outside", {kSetS0, branch(3), repeat(2), kEnd, kHalt}, 1},
      {"branch to the own loop's end", {kSetS0, repeat(2), branch(4), kSetS0, kEnd, kHalt}},
      {"branch out of a loop", {kSetS0, repeat(2), branch(4), kEnd, kHalt}, 2},
      {"branch over an inner loop", {kSetS0, repeat(2), branch(5), repeat(2), kEnd, kEnd, kHalt}},
      {"loop", {repeat(3), kSetS0, kEnd, kHalt}},
      {"empty loop", {repeat(3), kEnd, kHalt}},
      {"loop of zero", {repeat(0), kEnd, kHalt}, 0},
      {"largest loop", {repeat(vir0::kMaxRepeat), kEnd, kHalt}},
      {"loop over the limit", {repeat(vir0::kMaxRepeat + 1), kEnd, kHalt}, 0},
      {"end without repeat", {kEnd, kHalt}, 0},
      {"repeat without end", {repeat(2), kHalt}, 0},
      {"two repeats, one end", {repeat(2), repeat(2), kEnd, kHalt}, 0},
      {"halt inside a loop cuts its end off", {repeat(2), kHalt, kEnd, kHalt}, 2},
      {"deepest nesting", nested_loops(vir0::kMaxLoopDepth)},
      {"nesting over the limit", nested_loops(vir0::kMaxLoopDepth + 1), vir0::kMaxLoopDepth},
      {"fuel over the limit", {repeat(65536), repeat(65536), kEnd, kEnd, kHalt}, 2},
      {"fuel over the limit by a macro",
       {repeat(65536), {Op::kCountByte, 0, 0, 0, 'a'}, kEnd, kHalt},
       1},
      {"program ends in a loop", {repeat(2), kEnd}, 1},
  };
  return rows;
}

const std::vector<Row>& operand_rows() {
  static const std::vector<Row> rows = {
      {"every scalar register", {{Op::kScalarConst, 15, 0, 0, 0xFFFFFFFF}, kHalt}},
      {"scalar register over the limit", {{Op::kScalarConst, 16, 0, 0, 0}, kHalt}, 0},
      {"every vector register", {{Op::kVectorLane, 15, 0, 0, 0}, kHalt}},
      {"vector register over the limit", {{Op::kVectorLane, 16, 0, 0, 0}, kHalt}, 0},
      {"every mask register", {kSetV0, {Op::kMaskEq, 7, 0, 0, 0}, kHalt}},
      {"mask register over the limit", {kSetV0, {Op::kMaskEq, 8, 0, 0, 0}, kHalt}, 1},
      {"operand a over the limit", {kSetS0, {Op::kScalarMove, 0, 16, 0, 0}, kHalt}, 1},
      {"operand b over the limit", {kSetS0, {Op::kScalarAdd, 0, 0, 200, 0}, kHalt}, 1},
      {"unset operand a", {kSetS0, {Op::kScalarAdd, 0, 1, 0, 0}, kHalt}, 1},
      {"unset operand b", {kSetS0, {Op::kScalarAdd, 0, 0, 1, 0}, kHalt}, 1},
      {"a scalar does not set the vector of its number",
       {kSetS0, {Op::kVectorAdd, 1, 0, 0, 0}, kHalt},
       1},
      {"a vector does not set the scalar of its number",
       {kSetV0, {Op::kScalarMove, 1, 0, 0, 0}, kHalt},
       1},
      {"target is not set before it is read", {{Op::kScalarAdd, 0, 0, 0, 0}, kHalt}, 0},
      {"set on one branch only",
       {kSetS0, branch(3), {Op::kScalarConst, 1, 0, 0, 1}, {Op::kScalarMove, 2, 1, 0, 0}, kHalt},
       3},
      {"set before the branch",
       {kSetS0, branch(3), {Op::kScalarConst, 1, 0, 0, 1}, {Op::kScalarMove, 2, 0, 0, 0}, kHalt}},
      {"set in a loop, read after it",
       {repeat(2), kSetS0, kEnd, {Op::kScalarMove, 1, 0, 0, 0}, kHalt}},
      {"read in a loop before it is set there",
       {repeat(2), {Op::kScalarMove, 1, 0, 0, 0}, kSetS0, kEnd, kHalt},
       1},
      {"skipped in a loop, read after it",
       {kSetS0,
        repeat(2),
        branch(4),
        {Op::kScalarConst, 1, 0, 0, 1},
        kEnd,
        {Op::kScalarMove, 2, 1, 0, 0},
        kHalt},
       5},
      {"unused operand b", {kSetS0, {Op::kScalarMove, 1, 0, 1, 0}, kHalt}, 1},
      {"unused immediate", {kSetS0, {Op::kScalarMove, 1, 0, 0, 9}, kHalt}, 1},
      {"splat of an unset scalar", {{Op::kVectorSplat, 0, 0, 0, 0}, kHalt}, 0},
      {"load", {kSetV0, kSetM0, {Op::kVectorLoadU8, 1, 0, 0, 0}, kHalt}},
      {"load without a mask", {kSetV0, {Op::kVectorLoadU8, 1, 0, 0, 0}, kHalt}, 1},
      {"mask of unset vectors", {{Op::kMaskLt, 0, 0, 0, 0}, kHalt}, 0},
      {"not of an unset mask", {{Op::kMaskNot, 0, 1, 0, 0}, kHalt}, 0},
      {"count of an unset mask", {{Op::kMaskCount, 0, 0, 0, 0}, kHalt}, 0},
      {"sum of an unset vector", {{Op::kVectorSum, 0, 0, 0, 0}, kHalt}, 0},
      {"emit", {kSetV0, kSetM0, {Op::kEmit, 0, 0, 0, 0}, kHalt}},
      {"emit without a mask", {kSetV0, {Op::kEmit, 0, 0, 0, 0}, kHalt}, 1},
      {"emit of an unset value", {kSetV0, kSetM0, {Op::kEmit, 1, 0, 0, 0}, kHalt}, 2},
      {"emit at an unset offset", {kSetV0, kSetM0, {Op::kEmit, 0, 1, 0, 0}, kHalt}, 2},
  };
  return rows;
}

const std::vector<Row>& immediate_rows() {
  static const std::vector<Row> rows = {
      {"last input", {{Op::kScalarInput, 0, 0, 0, 5}, kHalt}},
      {"input over the limit", {{Op::kScalarInput, 0, 0, 0, 6}, kHalt}, 0},
      {"last result", {kSetS0, {Op::kResult, 0, 0, 0, 3}, kHalt}},
      {"result over the limit", {kSetS0, {Op::kResult, 0, 0, 0, 4}, kHalt}, 1},
      {"result of an unset scalar", {{Op::kResult, 0, 3, 0, 0}, kHalt}, 0},
      {"last byte", {{Op::kCountByte, 0, 0, 0, 255}, kHalt}},
      {"byte over the limit", {{Op::kCountByte, 0, 0, 0, 256}, kHalt}, 0},
      {"automaton", {{Op::kAutomaton, 0, 0, 0, 0}, kHalt}},
      {"automaton twice", {{Op::kAutomaton, 0, 0, 0, 0}, {Op::kAutomaton, 0, 0, 0, 0}, kHalt}},
      {"table that is no automaton", {{Op::kAutomaton, 0, 0, 0, 1}, kHalt}, 0},
      {"table over the limit", {{Op::kAutomaton, 0, 0, 0, 2}, kHalt}, 0},
      {"table far over the limit", {{Op::kAutomaton, 0, 0, 0, 0xFFFFFFFF}, kHalt}, 0},
  };
  return rows;
}

Program program_of(const Row& row) {
  Program program;
  for (const Instruction& instruction : row.code) {
    program.code.push_back(vir0::pack(instruction));
  }
  program.tables.push_back(testing::build_automaton({{testing::literal("abc"), 1, {}}}));
  program.tables.emplace_back(100);
  return program;
}

class VerifierRows : public ::testing::TestWithParam<const std::vector<Row>* (*)()> {};

TEST_P(VerifierRows, AcceptsOrNamesTheInstruction) {
  for (const Row& row : *GetParam()()) {
    SCOPED_TRACE(row.name);
    const auto verified = verify(program_of(row));
    if (row.rejected_at == kAccepted) {
      EXPECT_TRUE(verified) << verified.error().message();
      continue;
    }
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code, ErrorCode::kInvalidProgram);
    EXPECT_EQ(verified.error().detail, row.rejected_at) << verified.error().message();
    EXPECT_FALSE(verified.error().what.empty());
    EXPECT_FALSE(verified.error().fix.empty());
  }
}

INSTANTIATE_TEST_SUITE_P(Structure, VerifierRows,
                         ::testing::Values(+[] { return &structure_rows(); }));
INSTANTIATE_TEST_SUITE_P(Operands, VerifierRows,
                         ::testing::Values(+[] { return &operand_rows(); }));
INSTANTIATE_TEST_SUITE_P(Immediates, VerifierRows,
                         ::testing::Values(+[] { return &immediate_rows(); }));

TEST(Verifier, FuelIsTheWorstCaseOfATile) {
  // halt 1, repeat 1, 10 times (const 1, end 1).
  const Row row{"", {repeat(10), kSetS0, kEnd, kHalt}};
  EXPECT_EQ(verify(program_of(row))->fuel_per_tile(), 22u);
  // Both sides of a branch count.
  const Row branched{"", {kSetS0, branch(3), kSetS0, kHalt}};
  EXPECT_EQ(verify(program_of(branched))->fuel_per_tile(), 4u);
}

TEST(Verifier, RejectsTooMuchOfEverything) {
  Program code;
  code.code.assign(vir0::kMaxInstructions + 1, vir0::pack(kHalt));
  EXPECT_FALSE(verify(code));
  Program tables;
  tables.code = {vir0::pack(kHalt)};
  tables.tables.resize(vir0::kMaxTables + 1);
  EXPECT_FALSE(verify(tables));
  tables.tables.resize(vir0::kMaxTables);
  EXPECT_TRUE(verify(tables));
}

TEST(Verifier, KeepsTheProgram) {
  const Program program = program_of({"", {kHalt}});
  EXPECT_EQ(verify(program)->program(), program);
}

}  // namespace
}  // namespace vyre
