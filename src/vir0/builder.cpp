#include <utility>

#include "base/check.hpp"
#include "vir0/isa.hpp"
#include "vyre/program_builder.hpp"

namespace vyre {
namespace {

using vir0::Instruction;
using vir0::Op;
using vir0::pack;

/// Operations carry their opcodes as values.
template <class Operation>
constexpr Op op_of(Operation operation) {
  return static_cast<Op>(operation);
}

/// The widths of a load follow each other in the instruction table.
constexpr Op op_of(Op narrowest, LoadWidth width) {
  return static_cast<Op>(static_cast<u8>(narrowest) + static_cast<u8>(width));
}

std::uint64_t word(Op op, u8 dst = 0, u8 a = 0, u8 b = 0, u32 immediate = 0) {
  return pack({op, dst, a, b, immediate});
}

template <class Element>
std::vector<std::byte> bytes_of(std::span<const Element> elements) {
  const auto bytes = std::as_bytes(elements);
  return {bytes.begin(), bytes.end()};
}

}  // namespace

ResultWords ProgramBuilder::result(std::string name, Combine combine, std::uint32_t count) {
  program_.results.push_back({std::move(name), combine, count});
  return {std::exchange(result_words_, result_words_ + count), count};
}
Window ProgramBuilder::window(std::string name, WindowAccess access, std::uint32_t first,
                              std::uint32_t count) {
  program_.windows.push_back({std::move(name), access, first, count});
  return {static_cast<u32>(program_.windows.size() - 1)};
}
CarryWords ProgramBuilder::carry(std::uint32_t count) {
  return {std::exchange(program_.carry_words, program_.carry_words + count), count};
}

Resource ProgramBuilder::resource(std::string name) {
  program_.resources.push_back(std::move(name));
  return {static_cast<u32>(program_.resources.size() - 1)};
}

std::uint32_t ProgramBuilder::add_table(std::vector<std::byte> bytes, std::string name) {
  const auto index = static_cast<u32>(program_.tables.size());
  program_.tables.push_back(std::move(bytes));
  if (!name.empty()) program_.symbols.push_back({Symbol::Kind::kTable, index, std::move(name)});
  return index;
}
Table ProgramBuilder::table(std::vector<std::byte> bytes, std::string name) {
  return {add_table(std::move(bytes), std::move(name))};
}
Table ProgramBuilder::table(std::span<const std::uint8_t> elements, std::string name) {
  return {add_table(bytes_of(elements), std::move(name))};
}
TableU16 ProgramBuilder::table(std::span<const std::uint16_t> elements, std::string name) {
  return {add_table(bytes_of(elements), std::move(name))};
}
TableU32 ProgramBuilder::table(std::span<const std::uint32_t> elements, std::string name) {
  return {add_table(bytes_of(elements), std::move(name))};
}
ByteSet ProgramBuilder::byte_set(std::string_view members, std::string name) {
  std::vector<std::byte> set(vir0::kSetBytes);
  for (const char member : members) {
    const auto byte = static_cast<u8>(member);
    set[byte / 8] |= static_cast<std::byte>(1u << (byte % 8));
  }
  return {add_table(std::move(set), std::move(name))};
}
Literal ProgramBuilder::literal(std::string_view text, std::string name) {
  return {add_table(bytes_of(std::span(text)), std::move(name))};
}
void ProgramBuilder::label(std::string name) {
  program_.symbols.push_back(
      {Symbol::Kind::kLabel, static_cast<u32>(program_.code.size()), std::move(name)});
}

std::size_t ProgramBuilder::append_branch(std::uint64_t instruction) {
  append(instruction);
  return program_.code.size() - 1;
}
void ProgramBuilder::halt() { append(word(Op::kHalt)); }
std::size_t ProgramBuilder::jump() { return append_branch(word(Op::kJump)); }
std::size_t ProgramBuilder::branch(ScalarRegister condition) {
  return append_branch(word(Op::kBranch, 0, condition.index));
}
std::size_t ProgramBuilder::branch_zero(ScalarRegister condition) {
  return append_branch(word(Op::kBranchZero, 0, condition.index));
}
void ProgramBuilder::land(std::size_t branch) {
  VYRE_CHECK(branch < program_.code.size());
  Instruction instruction = vir0::unpack(program_.code[branch]);
  VYRE_CHECK(instruction.op == Op::kJump || instruction.op == Op::kBranch ||
             instruction.op == Op::kBranchZero);
  instruction.immediate = static_cast<u32>(program_.code.size());
  program_.code[branch] = pack(instruction);
}
void ProgramBuilder::repeat(std::uint32_t count) { append(word(Op::kRepeat, 0, 0, 0, count)); }
void ProgramBuilder::repeat_scalar(ScalarRegister count, std::uint32_t limit) {
  append(word(Op::kRepeatScalar, 0, count.index, 0, limit));
}
void ProgramBuilder::break_if(ScalarRegister condition) {
  append(word(Op::kBreak, 0, condition.index));
}
void ProgramBuilder::end() { append(word(Op::kEnd)); }

void ProgramBuilder::constant(ScalarRegister target, std::uint32_t value) {
  append(word(Op::kScalarConst, target.index, 0, 0, value));
}
void ProgramBuilder::constant_high(ScalarRegister target, std::uint32_t value) {
  append(word(Op::kScalarConstHigh, target.index, 0, 0, value));
}
void ProgramBuilder::constant_wide(ScalarRegister target, std::uint64_t value) {
  constant(target, static_cast<u32>(value));
  if (value >> 32 != 0) constant_high(target, static_cast<u32>(value >> 32));
}
void ProgramBuilder::input(ScalarRegister target, TileInput input) {
  append(word(Op::kScalarInput, target.index, 0, 0, static_cast<u32>(input)));
}
void ProgramBuilder::move(ScalarRegister target, ScalarRegister source) {
  append(word(Op::kScalarMove, target.index, source.index));
}
void ProgramBuilder::scalar(ScalarOperation operation, ScalarRegister target, ScalarRegister a,
                            ScalarRegister b) {
  append(word(op_of(operation), target.index, a.index, b.index));
}
void ProgramBuilder::scalar(ScalarUnaryOperation operation, ScalarRegister target,
                            ScalarRegister a) {
  append(word(op_of(operation), target.index, a.index));
}
void ProgramBuilder::scalar(ScalarImmediateOperation operation, ScalarRegister target,
                            ScalarRegister a, std::uint32_t value) {
  append(word(op_of(operation), target.index, a.index, 0, value));
}
void ProgramBuilder::select(ScalarRegister target, ScalarRegister condition, ScalarRegister a,
                            ScalarRegister b) {
  append(word(Op::kScalarSelect, target.index, a.index, b.index, condition.index));
}

void ProgramBuilder::lane(VectorRegister target) { append(word(Op::kVectorLane, target.index)); }
void ProgramBuilder::splat(VectorRegister target, ScalarRegister source) {
  append(word(Op::kVectorSplat, target.index, source.index));
}
void ProgramBuilder::constant(VectorRegister target, std::uint32_t value) {
  append(word(Op::kVectorConst, target.index, 0, 0, value));
}
void ProgramBuilder::move(VectorRegister target, VectorRegister source) {
  append(word(Op::kVectorMove, target.index, source.index));
}
void ProgramBuilder::vector(VectorOperation operation, VectorRegister target, VectorRegister a,
                            VectorRegister b) {
  append(word(op_of(operation), target.index, a.index, b.index));
}
void ProgramBuilder::vector(VectorUnaryOperation operation, VectorRegister target,
                            VectorRegister a) {
  append(word(op_of(operation), target.index, a.index));
}
void ProgramBuilder::vector(VectorImmediateOperation operation, VectorRegister target,
                            VectorRegister a, std::uint32_t value) {
  append(word(op_of(operation), target.index, a.index, 0, value));
}
void ProgramBuilder::select(VectorRegister target, MaskRegister lanes, VectorRegister a,
                            VectorRegister b) {
  append(word(Op::kVectorSelect, target.index, a.index, b.index, lanes.index));
}
void ProgramBuilder::shuffle(VectorRegister target, VectorRegister source, VectorRegister lane) {
  append(word(Op::kVectorShuffle, target.index, source.index, lane.index));
}
void ProgramBuilder::extract(ScalarRegister target, VectorRegister source, ScalarRegister lane) {
  append(word(Op::kVectorExtract, target.index, source.index, lane.index));
}
void ProgramBuilder::reduce(Reduction reduction, ScalarRegister target, VectorRegister source) {
  append(word(op_of(reduction), target.index, source.index));
}

void ProgramBuilder::constant(MaskRegister target, bool value) {
  append(word(Op::kMaskConst, target.index, 0, 0, value ? 1 : 0));
}
void ProgramBuilder::compare(Comparison comparison, MaskRegister target, VectorRegister a,
                             VectorRegister b) {
  append(word(op_of(comparison), target.index, a.index, b.index));
}
void ProgramBuilder::compare(ImmediateComparison comparison, MaskRegister target, VectorRegister a,
                             std::uint32_t value) {
  append(word(op_of(comparison), target.index, a.index, 0, value));
}
void ProgramBuilder::mask(MaskOperation operation, MaskRegister target, MaskRegister a,
                          MaskRegister b) {
  append(word(op_of(operation), target.index, a.index, b.index));
}
void ProgramBuilder::mask_not(MaskRegister target, MaskRegister source) {
  append(word(Op::kMaskNot, target.index, source.index));
}
void ProgramBuilder::mask_of_bits(MaskRegister target, ScalarRegister low, ScalarRegister high) {
  append(word(Op::kMaskOfBits, target.index, low.index, high.index));
}
void ProgramBuilder::ballot(ScalarRegister target, MaskRegister source, LaneHalf half) {
  append(word(Op::kMaskBallot, target.index, source.index, 0, static_cast<u32>(half)));
}
void ProgramBuilder::query(MaskQuery query, ScalarRegister target, MaskRegister source) {
  append(word(op_of(query), target.index, source.index));
}

void ProgramBuilder::load(LoadWidth width, VectorRegister target, VectorRegister tile_offset,
                          MaskRegister lanes) {
  append(word(op_of(Op::kLoadU8, width), target.index, tile_offset.index, lanes.index));
}
void ProgramBuilder::block(LoadWidth width, VectorRegister target, ScalarRegister tile_offset) {
  append(word(op_of(Op::kBlockU8, width), target.index, tile_offset.index));
}
void ProgramBuilder::lookup(VectorRegister target, Table table, VectorRegister index,
                            MaskRegister lanes) {
  append(word(Op::kTableU8, target.index, index.index, lanes.index, table.index));
}
void ProgramBuilder::lookup(VectorRegister target, TableU16 table, VectorRegister index,
                            MaskRegister lanes) {
  append(word(Op::kTableU16, target.index, index.index, lanes.index, table.index));
}
void ProgramBuilder::lookup(VectorRegister target, TableU32 table, VectorRegister index,
                            MaskRegister lanes) {
  append(word(Op::kTableU32, target.index, index.index, lanes.index, table.index));
}
void ProgramBuilder::window_load(VectorRegister target, Window window, VectorRegister at,
                                 MaskRegister lanes) {
  append(word(Op::kWindowLoad, target.index, at.index, lanes.index, window.index));
}
void ProgramBuilder::window_store(Window window, VectorRegister at, VectorRegister value,
                                  MaskRegister lanes) {
  append(word(Op::kWindowStore, value.index, at.index, lanes.index, window.index));
}
void ProgramBuilder::window_update(WindowOperation operation, Window window, VectorRegister at,
                                   VectorRegister value, MaskRegister lanes) {
  append(word(op_of(operation), value.index, at.index, lanes.index, window.index));
}
void ProgramBuilder::carry_load(ScalarRegister target, CarryWords words, std::uint32_t at) {
  append(word(Op::kCarryLoad, target.index, 0, 0, words.first + at));
}
void ProgramBuilder::carry_store(CarryWords words, ScalarRegister source, std::uint32_t at) {
  append(word(Op::kCarryStore, 0, source.index, 0, words.first + at));
}

void ProgramBuilder::io_load(ScalarRegister status, ScalarRegister resource, ScalarRegister offset,
                             ScalarRegister bytes) {
  append(word(Op::kIoLoad, status.index, resource.index, offset.index, bytes.index));
}
void ProgramBuilder::inbox(InboxWidth width, ScalarRegister target, ScalarRegister inbox_offset) {
  append(word(op_of(width), target.index, inbox_offset.index));
}
void ProgramBuilder::inbox(LoadWidth width, VectorRegister target, VectorRegister inbox_offset,
                           MaskRegister lanes) {
  append(word(op_of(Op::kInboxU8, width), target.index, inbox_offset.index, lanes.index));
}

void ProgramBuilder::result(ResultWords words, ScalarRegister source, std::uint32_t at) {
  result(words.first + at, source);
}
void ProgramBuilder::result(std::uint32_t number, ScalarRegister source) {
  append(word(Op::kResult, 0, source.index, 0, number));
}
void ProgramBuilder::emit(VectorRegister tile_offset, VectorRegister value, MaskRegister lanes) {
  append(word(Op::kEmit, value.index, tile_offset.index, lanes.index));
}
void ProgramBuilder::copy(ScalarRegister tile_offset, ScalarRegister bytes) {
  append(word(Op::kCopy, 0, tile_offset.index, bytes.index));
}
void ProgramBuilder::copy_inbox(ScalarRegister inbox_offset, ScalarRegister bytes) {
  append(word(Op::kCopyInbox, 0, inbox_offset.index, bytes.index));
}

void ProgramBuilder::automaton(Table table) { append(word(Op::kAutomaton, 0, 0, 0, table.index)); }
void ProgramBuilder::count_byte(ScalarRegister target, std::uint8_t byte) {
  append(word(Op::kCountByte, target.index, 0, 0, byte));
}
void ProgramBuilder::class_bitmap(VectorRegister target, ScalarRegister tile_offset, ByteSet set) {
  append(word(Op::kClassBitmap, target.index, tile_offset.index, 0, set.index));
}
void ProgramBuilder::histogram(ResultWords words) {
  append(word(Op::kHistogram, 0, 0, 0, words.first));
}
void ProgramBuilder::find_count(ScalarRegister target, Literal literal) {
  append(word(Op::kFindCount, target.index, 0, 0, literal.index));
}
void ProgramBuilder::find_emit(ScalarRegister value, Literal literal) {
  append(word(Op::kFindEmit, 0, value.index, 0, literal.index));
}
void ProgramBuilder::crc32c(ScalarRegister target) { append(word(Op::kCrc32c, target.index)); }
void ProgramBuilder::xxh64(ScalarRegister target, CarryWords words) {
  append(word(Op::kXxh64, target.index, 0, 0, words.first));
}

Program ProgramBuilder::build() {
  result_words_ = 0;
  return std::exchange(program_, Program{});
}

}  // namespace vyre
