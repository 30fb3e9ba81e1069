#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"

namespace vyre::backend::translation {
namespace {

using vir0::Op;

/// Of instructions that are one of PTX; null for others.
const char* plain(Op op) {
  switch (op) {
    case Op::kScalarAdd:
      return "add.u64";
    case Op::kScalarSub:
      return "sub.u64";
    case Op::kScalarMul:
    case Op::kScalarMulImmediate:
      return "mul.lo.u64";
    case Op::kScalarAnd:
    case Op::kScalarAndImmediate:
      return "and.b64";
    case Op::kScalarOr:
      return "or.b64";
    case Op::kScalarXor:
      return "xor.b64";
    case Op::kScalarMin:
      return "min.u64";
    case Op::kScalarMax:
      return "max.u64";
    default:
      return nullptr;
  }
}

const char* comparison(Op op) {
  switch (op) {
    case Op::kScalarEq:
    case Op::kScalarEqImmediate:
      return "eq";
    case Op::kScalarNe:
      return "ne";
    case Op::kScalarLt:
    case Op::kScalarLtImmediate:
      return "lt";
    case Op::kScalarLe:
      return "le";
    default:
      return nullptr;
  }
}

}  // namespace

// PTX takes the distance as 32 bits, and any above 63 as 64.
void Translator::write_scalar_shift(vir0::Instruction i, bool left, const std::string& by) {
  const std::string near = code_.wide();
  const std::string distance = code_.word();
  code_("min.u64 {}, {}, 64;", near, by);
  code_("cvt.u32.u64 {}, {};", distance, near);
  code_("{} {}, {}, {};", left ? "shl.b64" : "shr.u64", scalar(i.dst), scalar(i.a), distance);
}

namespace {

void write_rotation(PtxCode& code, vir0::Instruction i) {
  const std::string distance = code.word();
  const std::string back = code.word();
  const std::string left = code.wide();
  const std::string right = code.wide();
  code("cvt.u32.u64 {}, {};", distance, scalar(i.b));
  code("and.b32 {0}, {0}, 63;", distance);
  code("sub.u32 {}, 64, {};", back, distance);
  code("shl.b64 {}, {}, {};", left, scalar(i.a), distance);
  code("shr.u64 {}, {}, {};", right, scalar(i.a), back);
  code("or.b64 {}, {}, {};", scalar(i.dst), left, right);
}

/// Division by 0 gives 0 and the dividend, which PTX does not say.
void write_division(PtxCode& code, vir0::Instruction i) {
  const bool divides = i.op == Op::kScalarDiv;
  const std::string zero = code.truth();
  const std::string by = code.wide();
  const std::string value = code.wide();
  code("setp.eq.u64 {}, {}, 0;", zero, scalar(i.b));
  code("selp.b64 {}, 1, {}, {};", by, scalar(i.b), zero);
  code("{} {}, {}, {};", divides ? "div.u64" : "rem.u64", value, scalar(i.a), by);
  code("selp.b64 {}, {}, {}, {};", scalar(i.dst), divides ? "0" : scalar(i.a), value, zero);
}

void write_count(PtxCode& code, vir0::Instruction i) {
  const std::string count = code.word();
  if (i.op == Op::kScalarPopcount) {
    code("popc.b64 {}, {};", count, scalar(i.a));
  } else if (i.op == Op::kScalarClz) {
    code("clz.b64 {}, {};", count, scalar(i.a));
  } else {
    const std::string reversed = code.wide();
    code("brev.b64 {}, {};", reversed, scalar(i.a));
    code("clz.b64 {}, {};", count, reversed);
  }
  code("cvt.u64.u32 {}, {};", scalar(i.dst), count);
}

const char* input(u32 number) {
  constexpr const char* kInputs[vir0::kTileInputs] = {"%file_begin", "%length64", "%before64",
                                                      "%after64"};
  return kInputs[number];
}

}  // namespace

void Translator::write_scalar(vir0::Instruction i) {
  const std::string target = scalar(i.dst);
  if (const char* name = plain(i.op)) {
    code_("{} {}, {}, {};", name, target, scalar(i.a), second_scalar(i));
    return;
  }
  if (const char* name = comparison(i.op)) {
    const std::string truth = code_.truth();
    code_("setp.{}.u64 {}, {}, {};", name, truth, scalar(i.a), second_scalar(i));
    code_("selp.b64 {}, 1, 0, {};", target, truth);
    return;
  }
  switch (i.op) {
    case Op::kScalarConst:
      return code_("mov.b64 {}, {};", target, i.immediate);
    case Op::kScalarConstHigh:
      code_("and.b64 {0}, {0}, 0xFFFFFFFF;", target);
      return code_("or.b64 {0}, {0}, {1:#x};", target, static_cast<u64>(i.immediate) << 32);
    case Op::kScalarInput:
      return code_("mov.b64 {}, {};", target, input(i.immediate));
    case Op::kScalarMove:
      return code_("mov.b64 {}, {};", target, scalar(i.a));
    case Op::kScalarAddImmediate:
      return code_("add.s64 {}, {}, {};", target, scalar(i.a),
                   static_cast<std::int32_t>(i.immediate));
    case Op::kScalarShl:
    case Op::kScalarShlImmediate:
      return write_scalar_shift(i, true, second_scalar(i));
    case Op::kScalarShr:
    case Op::kScalarShrImmediate:
      return write_scalar_shift(i, false, second_scalar(i));
    case Op::kScalarRotl:
      return write_rotation(code_, i);
    case Op::kScalarDiv:
    case Op::kScalarRem:
      return write_division(code_, i);
    case Op::kScalarSelect: {
      const std::string truth = code_.truth();
      code_("setp.ne.u64 {}, {}, 0;", truth, scalar(i.immediate));
      return code_("selp.b64 {}, {}, {}, {};", target, scalar(i.a), scalar(i.b), truth);
    }
    default:
      return write_count(code_, i);
  }
}

}  // namespace vyre::backend::translation
