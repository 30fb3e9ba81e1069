#include "vir0/instruction_info.hpp"

#include <array>

namespace vyre::vir0 {
namespace {

constexpr InstructionInfo kInstructions[] = {
#define VYRE_VIR0(code, name, mnemonic, dst, a, b, immediate, fuel, handler, meaning) \
  {Op::k##name,                                                                       \
   mnemonic,                                                                          \
   OperandKind::k##dst,                                                               \
   OperandKind::k##a,                                                                 \
   OperandKind::k##b,                                                                 \
   ImmediateKind::k##immediate,                                                       \
   fuel,                                                                              \
   #name,                                                                             \
   #handler,                                                                          \
   meaning},
#include "vir0/isa.def"
#undef VYRE_VIR0
};

constexpr u8 kNoRow = 0xFF;
static_assert(std::size(kInstructions) < kNoRow);

constexpr std::array<u8, 256> make_index() {
  std::array<u8, 256> index{};
  index.fill(kNoRow);
  for (u8 row = 0; row < std::size(kInstructions); ++row) {
    index[static_cast<u8>(kInstructions[row].op)] = row;
  }
  return index;
}
constexpr std::array<u8, 256> kIndex = make_index();

}  // namespace

std::span<const InstructionInfo> instructions() noexcept { return kInstructions; }

const InstructionInfo* find_instruction(Op op) noexcept {
  const u8 row = kIndex[static_cast<u8>(op)];
  return row == kNoRow ? nullptr : &kInstructions[row];
}

}  // namespace vyre::vir0
