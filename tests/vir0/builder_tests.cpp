#include <gtest/gtest.h>

#include <set>

#include "tests/vir0/example_programs.hpp"
#include "vir0/instruction_info.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace {

using vir0::Op;

constexpr ScalarRegister s0{0}, s1{1};
constexpr VectorRegister v0{0};
constexpr MaskRegister m0{0};

// What must not compile: a register or a handle of another kind.
template <class... Arguments>
concept Splats = requires(ProgramBuilder b, Arguments... a) {
  b.splat(a...);
};
static_assert(Splats<VectorRegister, ScalarRegister>);
static_assert(!Splats<VectorRegister, VectorRegister>);
static_assert(!Splats<VectorRegister, int>);

template <class... Arguments>
concept Emits = requires(ProgramBuilder b, Arguments... a) {
  b.emit(a...);
};
static_assert(Emits<VectorRegister, VectorRegister, MaskRegister>);
static_assert(!Emits<VectorRegister, VectorRegister, VectorRegister>);
static_assert(!Emits<ScalarRegister, VectorRegister, MaskRegister>);

template <class... Arguments>
concept Finds = requires(ProgramBuilder b, Arguments... a) {
  b.find_count(a...);
};
static_assert(Finds<ScalarRegister, Literal>);
static_assert(!Finds<ScalarRegister, ByteSet>);
static_assert(!Finds<ScalarRegister, Table>);
static_assert(!Finds<ScalarRegister, Window>);

template <class... Arguments>
concept Computes = requires(ProgramBuilder b, Arguments... a) {
  b.scalar(a...);
};
static_assert(Computes<ScalarOperation, ScalarRegister, ScalarRegister, ScalarRegister>);
static_assert(!Computes<ScalarOperation, ScalarRegister, ScalarRegister, VectorRegister>);
static_assert(!Computes<VectorOperation, ScalarRegister, ScalarRegister, ScalarRegister>);
static_assert(!Computes<ScalarOperation, ScalarRegister, ScalarRegister>);

TEST(ProgramBuilder, ReachesEveryInstruction) {
  const Program program = testing::every_instruction();
  std::set<Op> used;
  for (const std::uint64_t word : program.code) used.insert(vir0::unpack(word).op);
  for (const vir0::InstructionInfo& row : vir0::instructions()) {
    EXPECT_TRUE(used.contains(row.op)) << row.mnemonic;
  }
  EXPECT_EQ(used.size(), vir0::instructions().size());
}

// The verifier knows which operands each instruction takes: it would refuse one in a wrong place.
TEST(ProgramBuilder, WritesWhatTheVerifierAccepts) {
  const auto verified = verify(testing::every_instruction());
  ASSERT_TRUE(verified) << verified.error().message();
}

/// The registers of one instruction that the builder wrote, in the order dst, a, b, immediate.
void expect_instruction(const Program& program, std::size_t at, vir0::Instruction expected) {
  ASSERT_LT(at, program.code.size());
  EXPECT_EQ(program.code[at], vir0::pack(expected)) << "instruction " << at;
}

TEST(ProgramBuilder, PutsOperandsInTheirPlaces) {
  ProgramBuilder b;
  const Window window = b.window("w", WindowAccess::kState, 0);
  b.scalar(ScalarOperation::kSub, {1}, {2}, {3});
  b.scalar(ScalarImmediateOperation::kAdd, {1}, {2}, 0xFFFFFFFF);
  b.select(ScalarRegister{1}, {2}, {3}, {4});
  b.select(VectorRegister{1}, MaskRegister{2}, {3}, {4});
  b.load(LoadWidth::kU32, {1}, {2}, {3});
  b.block(LoadWidth::kU16, {1}, {2});
  b.window_store(window, {1}, {2}, {3});
  b.window_load({1}, window, {2}, {3});
  b.emit({1}, {2}, {3});
  b.copy({1}, {2});
  b.ballot({1}, {2}, LaneHalf::kHigh);
  const Program program = b.build();
  const vir0::Instruction expected[] = {
      {Op::kScalarSub, 1, 2, 3, 0},    {Op::kScalarAddImmediate, 1, 2, 0, 0xFFFFFFFF},
      {Op::kScalarSelect, 1, 3, 4, 2}, {Op::kVectorSelect, 1, 3, 4, 2},
      {Op::kLoadU32, 1, 2, 3, 0},      {Op::kBlockU16, 1, 2, 0, 0},
      {Op::kWindowStore, 2, 1, 3, 0},  {Op::kWindowLoad, 1, 2, 3, 0},
      {Op::kEmit, 2, 1, 3, 0},         {Op::kCopy, 0, 1, 2, 0},
      {Op::kMaskBallot, 1, 2, 0, 1},
  };
  for (std::size_t at = 0; at < std::size(expected); ++at) {
    expect_instruction(program, at, expected[at]);
  }
}

TEST(ProgramBuilder, HandlesNumberDeclarationsThrough) {
  ProgramBuilder b;
  b.result("first", Combine::kSum, 3);
  const ResultWords second = b.result("second", Combine::kMax, 2);
  b.carry(2);
  const CarryWords carry = b.carry(4);
  b.window("w", WindowAccess::kAdd, 0, 8);
  const Window window = b.window("x", WindowAccess::kMin, 8, 4);
  b.result(second, s0, 1);
  b.carry_store(carry, s0, 2);
  b.window_update(WindowOperation::kMin, window, v0, v0, m0);
  b.emit_budget(9);
  const Program program = b.build();
  expect_instruction(program, 0, {Op::kResult, 0, 0, 0, 4});
  expect_instruction(program, 1, {Op::kCarryStore, 0, 0, 0, 4});
  expect_instruction(program, 2, {Op::kWindowMin, 0, 0, 0, 1});
  EXPECT_EQ(program.results, (std::vector<ResultDeclaration>{{"first", Combine::kSum, 3},
                                                             {"second", Combine::kMax, 2}}));
  EXPECT_EQ(program.windows, (std::vector<WindowDeclaration>{{"w", WindowAccess::kAdd, 0, 8},
                                                             {"x", WindowAccess::kMin, 8, 4}}));
  EXPECT_EQ(program.carry_words, 6u);
  EXPECT_EQ(program.emit_budget, 9u);
}

TEST(ProgramBuilder, TablesHoldTheirElements) {
  ProgramBuilder b;
  const std::vector<std::uint16_t> halves{0x1234, 1};
  const std::vector<std::uint32_t> words{0x89ABCDEF};
  b.table(std::span(halves));
  b.table(std::span(words), "words");
  b.byte_set(std::string_view("\0\x07\x09\xFF", 4));
  b.literal("ab");
  b.halt();
  b.label("after");
  const Program program = b.build();
  const auto bytes = [](std::initializer_list<int> values) {
    std::vector<std::byte> out;
    for (const int value : values) out.push_back(static_cast<std::byte>(value));
    return out;
  };
  ASSERT_EQ(program.tables.size(), 4u);
  EXPECT_EQ(program.tables[0], bytes({0x34, 0x12, 1, 0}));
  EXPECT_EQ(program.tables[1], bytes({0xEF, 0xCD, 0xAB, 0x89}));
  std::vector<std::byte> set(32);
  set[0] = std::byte{0x81};
  set[1] = std::byte{0x02};
  set[31] = std::byte{0x80};
  EXPECT_EQ(program.tables[2], set);
  EXPECT_EQ(program.tables[3], bytes({'a', 'b'}));
  EXPECT_EQ(program.symbols, (std::vector<Symbol>{{Symbol::Kind::kTable, 1, "words"},
                                                  {Symbol::Kind::kLabel, 1, "after"}}));
}

TEST(ProgramBuilder, BranchesLandBehindWhatTheySkip) {
  ProgramBuilder b;
  b.constant(s0, 1);
  b.if_else(
      s0, [&] { b.constant(s1, 2); }, [&] { b.constant(s1, 3); });
  b.if_nonzero(s0, [&] { b.constant(s1, 4); });
  b.if_zero(s0, [&] { b.constant(s1, 5); });
  b.halt();
  const Program program = b.build();
  expect_instruction(program, 1, {Op::kBranchZero, 0, 0, 0, 4});
  expect_instruction(program, 3, {Op::kJump, 0, 0, 0, 5});
  expect_instruction(program, 5, {Op::kBranchZero, 0, 0, 0, 7});
  expect_instruction(program, 7, {Op::kBranch, 0, 0, 0, 9});
  expect_instruction(program, 9, {Op::kHalt, 0, 0, 0, 0});
}

TEST(ProgramBuilder, WideConstantsTakeTheHighHalfOnlyWhereThereIsOne) {
  ProgramBuilder b;
  b.constant_wide(s0, 0xFFFFFFFF);
  b.constant_wide(s0, 0x1'00000002);
  const Program program = b.build();
  ASSERT_EQ(program.code.size(), 3u);
  expect_instruction(program, 1, {Op::kScalarConst, 0, 0, 0, 2});
  expect_instruction(program, 2, {Op::kScalarConstHigh, 0, 0, 0, 1});
}

TEST(ProgramBuilder, IsEmptyAfterBuilding) {
  ProgramBuilder b;
  b.result("a", Combine::kSum, 5);
  b.halt();
  EXPECT_EQ(b.build().code.size(), 1u);
  EXPECT_EQ(b.size(), 0u);
  EXPECT_EQ(b.result("b", Combine::kSum).first, 0u);
  EXPECT_EQ(b.build().results.size(), 1u);
}

TEST(ProgramBuilderDeathTest, LandingSomethingElseThanABranchAborts) {
  ProgramBuilder b;
  b.halt();
  EXPECT_DEATH(b.land(0), "");
  EXPECT_DEATH(b.land(7), "");
}

}  // namespace
}  // namespace vyre
