#include "base/check.hpp"
#include "vir0/isa.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace {

using vir0::Instruction;
using vir0::Op;
using vir0::pack;

Op op_of(ScalarOperation operation) {
  constexpr Op kOps[] = {Op::kScalarAdd, Op::kScalarSub, Op::kScalarMul, Op::kScalarAnd,
                         Op::kScalarOr,  Op::kScalarXor, Op::kScalarShl, Op::kScalarShr,
                         Op::kScalarEq,  Op::kScalarLt};
  return kOps[static_cast<u8>(operation)];
}

Op op_of(VectorOperation operation) {
  constexpr Op kOps[] = {Op::kVectorAdd, Op::kVectorSub, Op::kVectorAnd, Op::kVectorOr,
                         Op::kVectorXor, Op::kVectorShl, Op::kVectorShr};
  return kOps[static_cast<u8>(operation)];
}

}  // namespace

void ProgramBuilder::constant(ScalarRegister target, std::uint32_t value) {
  program_.code.push_back(pack({Op::kScalarConst, target.index, 0, 0, value}));
}
void ProgramBuilder::input(ScalarRegister target, TileInput input) {
  program_.code.push_back(pack({Op::kScalarInput, target.index, 0, 0, static_cast<u32>(input)}));
}
void ProgramBuilder::move(ScalarRegister target, ScalarRegister source) {
  program_.code.push_back(pack({Op::kScalarMove, target.index, source.index, 0, 0}));
}
void ProgramBuilder::scalar(ScalarOperation operation, ScalarRegister target, ScalarRegister a,
                            ScalarRegister b) {
  program_.code.push_back(pack({op_of(operation), target.index, a.index, b.index, 0}));
}

void ProgramBuilder::lane(VectorRegister target) {
  program_.code.push_back(pack({Op::kVectorLane, target.index, 0, 0, 0}));
}
void ProgramBuilder::splat(VectorRegister target, ScalarRegister source) {
  program_.code.push_back(pack({Op::kVectorSplat, target.index, source.index, 0, 0}));
}
void ProgramBuilder::constant(VectorRegister target, std::uint32_t value) {
  program_.code.push_back(pack({Op::kVectorConst, target.index, 0, 0, value}));
}
void ProgramBuilder::vector(VectorOperation operation, VectorRegister target, VectorRegister a,
                            VectorRegister b) {
  program_.code.push_back(pack({op_of(operation), target.index, a.index, b.index, 0}));
}
void ProgramBuilder::load_u8(VectorRegister target, VectorRegister tile_offset,
                             MaskRegister lanes) {
  program_.code.push_back(
      pack({Op::kLoadU8, target.index, tile_offset.index, lanes.index, 0}));
}

void ProgramBuilder::equal(MaskRegister target, VectorRegister a, VectorRegister b) {
  program_.code.push_back(pack({Op::kMaskEq, target.index, a.index, b.index, 0}));
}
void ProgramBuilder::less(MaskRegister target, VectorRegister a, VectorRegister b) {
  program_.code.push_back(pack({Op::kMaskLt, target.index, a.index, b.index, 0}));
}
void ProgramBuilder::mask_and(MaskRegister target, MaskRegister a, MaskRegister b) {
  program_.code.push_back(pack({Op::kMaskAnd, target.index, a.index, b.index, 0}));
}
void ProgramBuilder::mask_or(MaskRegister target, MaskRegister a, MaskRegister b) {
  program_.code.push_back(pack({Op::kMaskOr, target.index, a.index, b.index, 0}));
}
void ProgramBuilder::mask_not(MaskRegister target, MaskRegister source) {
  program_.code.push_back(pack({Op::kMaskNot, target.index, source.index, 0, 0}));
}
void ProgramBuilder::count(ScalarRegister target, MaskRegister source) {
  program_.code.push_back(pack({Op::kMaskCount, target.index, source.index, 0, 0}));
}
void ProgramBuilder::sum(ScalarRegister target, VectorRegister source) {
  program_.code.push_back(pack({Op::kVectorReduceAdd, target.index, source.index, 0, 0}));
}

std::size_t ProgramBuilder::branch(ScalarRegister condition) {
  program_.code.push_back(pack({Op::kBranch, 0, condition.index, 0, 0}));
  return program_.code.size() - 1;
}
void ProgramBuilder::land(std::size_t branch) {
  VYRE_CHECK(branch < program_.code.size());
  Instruction instruction = vir0::unpack(program_.code[branch]);
  VYRE_CHECK(instruction.op == Op::kBranch);
  instruction.immediate = static_cast<u32>(program_.code.size());
  program_.code[branch] = pack(instruction);
}
void ProgramBuilder::repeat(std::uint32_t count) {
  program_.code.push_back(pack({Op::kRepeat, 0, 0, 0, count}));
}
void ProgramBuilder::end() { program_.code.push_back(pack({Op::kEnd, 0, 0, 0, 0})); }

void ProgramBuilder::result(std::uint32_t index, ScalarRegister source) {
  program_.code.push_back(pack({Op::kResult, 0, source.index, 0, index}));
}
void ProgramBuilder::emit(VectorRegister tile_offset, VectorRegister value, MaskRegister lanes) {
  program_.code.push_back(pack({Op::kEmit, value.index, tile_offset.index, lanes.index, 0}));
}
void ProgramBuilder::automaton(std::uint32_t table) {
  program_.code.push_back(pack({Op::kAutomaton, 0, 0, 0, table}));
}
void ProgramBuilder::count_byte(ScalarRegister target, std::uint8_t byte) {
  program_.code.push_back(pack({Op::kCountByte, target.index, 0, 0, byte}));
}
void ProgramBuilder::halt() { program_.code.push_back(pack({Op::kHalt, 0, 0, 0, 0})); }

}  // namespace vyre
