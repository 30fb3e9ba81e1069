#include <cstddef>
#include <optional>
#include <span>

#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"
#include "kernel/registers.hpp"
#include "vir0/instruction_info.hpp"

// Instructions that the worker's functions execute (device/translations.hpp).
namespace vyre::backend::translation {
namespace {

using vir0::OperandKind;

u64 vector_offset(u32 index) {
  return offsetof(kernel::Registers, vectors) + sizeof(u32) * kLanes * index;
}
u64 mask_offset(u32 index) {
  return offsetof(kernel::Registers, masks) + sizeof(u32) * kLanes * index;
}

void store_operand(PtxCode& code, OperandKind kind, u32 index) {
  if (kind == OperandKind::kScalar) {
    code("st.u64 [%scalars+{}], {};", sizeof(u64) * index, scalar(index));
  } else if (kind == OperandKind::kVector) {
    code("st.shared.u32 [%own+{}], {};", vector_offset(index), vector(index));
  } else if (kind == OperandKind::kMask) {
    const std::string set = code.word();
    code("selp.b32 {}, 0xFFFFFFFF, 0, {};", set, mask(index));
    code("st.shared.u32 [%own+{}], {};", mask_offset(index), set);
  }
}

/// The byte of a set that has but one.
std::optional<u32> only_byte(std::span<const std::byte> set) {
  std::optional<u32> only;
  for (u32 byte = 0; byte < 8 * set.size(); ++byte) {
    if ((std::to_integer<u32>(set[byte / 8]) >> (byte % 8) & 1) == 0) continue;
    if (only) return std::nullopt;
    only = byte;
  }
  return only;
}

}  // namespace

std::string Translator::call(const std::string& function, const std::vector<Argument>& arguments) {
  const std::string result = code_.word();
  std::string names = "run";
  code_("{{");
  code_(".param .b32 gives;");
  code_(".param .b64 run;");
  code_("st.param.b64 [run], %run;");
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    code_(".param .b{} a{};", arguments[i].bits, i);
    code_("st.param.b{} [a{}], {};", arguments[i].bits, i, arguments[i].name);
    names += fmt::format(", a{}", i);
  }
  code_("call (gives), {}, ({});", function, names);
  code_("ld.param.b32 {}, [gives];", result);
  code_("}}");
  return result;
}

void Translator::write_class_bitmap(vir0::Instruction i) {
  const std::vector<std::byte>& set = verified_.program().tables[i.immediate];
  if (const std::optional<u32> byte = only_byte(set)) return write_byte_bitmap(i, *byte);
  const std::string table = code_.word();
  code_("mov.b32 {}, {};", table, i.immediate);
  const std::string bits = call("vyre_class_bits", {{scalar(i.a), 64}, {table, 32}});
  code_("mov.b32 {}, {};", vector(i.dst), bits);
}

void Translator::store_operands(vir0::Instruction i) {
  const vir0::InstructionInfo& row = *vir0::find_instruction(i.op);
  store_operand(code_, row.dst, i.dst);
  store_operand(code_, row.a, i.a);
  store_operand(code_, row.b, i.b);
}

void Translator::take_result(vir0::Instruction i) {
  const OperandKind kind = vir0::find_instruction(i.op)->dst;
  if (kind == OperandKind::kScalarOut) {
    code_("ld.u64 {}, [%scalars+{}];", scalar(i.dst), sizeof(u64) * i.dst);
  } else if (kind == OperandKind::kVectorOut) {
    code_("ld.shared.u32 {}, [%own+{}];", vector(i.dst), vector_offset(i.dst));
  }
}

// The barrier: nobody reads the scratch any more, which the function may use.
void Translator::write_delegated(vir0::Instruction i) {
  show_count();
  code_("bar.sync 0;");
  store_operands(i);
  vir0::Instruction loaded = i;
  if (is_proven()) loaded.dst |= vir0::kProvenInBounds;
  const std::string word = code_.wide();
  code_("mov.b64 {}, {:#x};", word, vir0::pack(loaded));
  const std::string ended = call("vyre_run_instruction", {{word, 64}});
  const std::string stops = code_.truth();
  code_("setp.ne.u32 {}, {}, 0;", stops, ended);
  take_count();
  fault_if(stops, ended);
  take_result(i);
}

}  // namespace vyre::backend::translation
