#include "backend/cuda/translation/registers_text.hpp"
#include "backend/cuda/translation/translator.hpp"

// Instructions that each lane executes for itself.
namespace vyre::backend::translation {
namespace {

using vir0::Op;

/// Of instructions that are one of PTX. Shifts there give 0 beyond 31, as here.
const char* plain(Op op) {
  switch (op) {
    case Op::kVectorAdd:
    case Op::kVectorAddImmediate:
      return "add.u32";
    case Op::kVectorSub:
      return "sub.u32";
    case Op::kVectorMul:
    case Op::kVectorMulImmediate:
      return "mul.lo.u32";
    case Op::kVectorAnd:
    case Op::kVectorAndImmediate:
      return "and.b32";
    case Op::kVectorOr:
      return "or.b32";
    case Op::kVectorXor:
    case Op::kVectorXorImmediate:
      return "xor.b32";
    case Op::kVectorShl:
    case Op::kVectorShlImmediate:
      return "shl.b32";
    case Op::kVectorShr:
    case Op::kVectorShrImmediate:
      return "shr.u32";
    case Op::kVectorMin:
      return "min.u32";
    case Op::kVectorMax:
      return "max.u32";
    default:
      return nullptr;
  }
}

const char* comparison(Op op) {
  switch (op) {
    case Op::kMaskEq:
    case Op::kMaskEqImmediate:
      return "eq";
    case Op::kMaskNe:
    case Op::kMaskNeImmediate:
      return "ne";
    case Op::kMaskLt:
    case Op::kMaskLtImmediate:
      return "lt";
    case Op::kMaskLe:
      return "le";
    case Op::kMaskGeImmediate:
      return "ge";
    default:
      return nullptr;
  }
}

const char* combination(Op op) {
  switch (op) {
    case Op::kMaskAnd:
      return "and.pred";
    case Op::kMaskOr:
      return "or.pred";
    default:
      return "xor.pred";
  }
}

}  // namespace

void Translator::write_vector(vir0::Instruction i) {
  const std::string target = vector(i.dst);
  if (const char* name = plain(i.op)) {
    code_("{} {}, {}, {};", name, target, vector(i.a), second_vector(i));
    return;
  }
  switch (i.op) {
    case Op::kVectorLane:
      return code_("mov.b32 {}, %lane;", target);
    case Op::kVectorSplat:
      return code_("cvt.u32.u64 {}, {};", target, scalar(i.a));
    case Op::kVectorConst:
      return code_("mov.b32 {}, {};", target, i.immediate);
    case Op::kVectorMove:
      return code_("mov.b32 {}, {};", target, vector(i.a));
    case Op::kVectorRotl:
      return code_("shf.l.wrap.b32 {0}, {1}, {1}, {2};", target, vector(i.a), vector(i.b));
    case Op::kVectorPopcount:
      return code_("popc.b32 {}, {};", target, vector(i.a));
    case Op::kVectorClz:
      return code_("clz.b32 {}, {};", target, vector(i.a));
    case Op::kVectorCtz: {
      const std::string reversed = code_.word();
      code_("brev.b32 {}, {};", reversed, vector(i.a));
      return code_("clz.b32 {}, {};", target, reversed);
    }
    default:
      return code_("selp.b32 {}, {}, {}, {};", target, vector(i.a), vector(i.b), mask(i.immediate));
  }
}

void Translator::write_mask(vir0::Instruction i) {
  const std::string target = mask(i.dst);
  if (const char* name = comparison(i.op)) {
    code_("setp.{}.u32 {}, {}, {};", name, target, vector(i.a), second_vector(i));
    return;
  }
  switch (i.op) {
    case Op::kMaskConst:
      return code_("setp.{}.u32 {}, %lane, 0xFFFFFFFF;", i.immediate != 0 ? "ne" : "eq", target);
    case Op::kMaskNot:
      return code_("not.pred {}, {};", target, mask(i.a));
    case Op::kMaskAndNot: {
      const std::string inverse = code_.truth();
      code_("not.pred {}, {};", inverse, mask(i.b));
      return code_("and.pred {}, {}, {};", target, mask(i.a), inverse);
    }
    case Op::kMaskOfBits: {
      const std::string lower = code_.truth();
      const std::string half = code_.wide();
      const std::string shifted = code_.wide();
      const std::string bit = code_.word();
      code_("setp.lt.u32 {}, %lane, 64;", lower);
      code_("selp.b64 {}, {}, {}, {};", half, scalar(i.a), scalar(i.b), lower);
      code_("and.b32 {}, %lane, 63;", bit);
      code_("shr.u64 {}, {}, {};", shifted, half, bit);
      code_("and.b64 {0}, {0}, 1;", shifted);
      return code_("setp.ne.u64 {}, {}, 0;", target, shifted);
    }
    default:
      return code_("{} {}, {}, {};", combination(i.op), target, mask(i.a), mask(i.b));
  }
}

}  // namespace vyre::backend::translation
