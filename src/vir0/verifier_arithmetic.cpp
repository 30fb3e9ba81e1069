#include "vir0/verifier_arithmetic.hpp"

namespace vyre::vir0 {
namespace {

using Second = SharedArithmetic::Second;

struct Row {
  Op op;
  SharedArithmetic shared;
};

constexpr Row kRows[] = {
    {Op::kScalarAdd, {Arithmetic::kAdd, Second::kRegister}},
    {Op::kScalarSub, {Arithmetic::kSub, Second::kRegister}},
    {Op::kScalarMul, {Arithmetic::kMul, Second::kRegister}},
    {Op::kScalarDiv, {Arithmetic::kDiv, Second::kRegister}},
    {Op::kScalarRem, {Arithmetic::kRem, Second::kRegister}},
    {Op::kScalarAnd, {Arithmetic::kAnd, Second::kRegister}},
    {Op::kScalarOr, {Arithmetic::kOr, Second::kRegister}},
    {Op::kScalarXor, {Arithmetic::kXor, Second::kRegister}},
    {Op::kScalarShl, {Arithmetic::kShl, Second::kRegister}},
    {Op::kScalarShr, {Arithmetic::kShr, Second::kRegister}},
    {Op::kScalarRotl, {Arithmetic::kRotl, Second::kRegister}},
    {Op::kScalarMin, {Arithmetic::kMin, Second::kRegister}},
    {Op::kScalarMax, {Arithmetic::kMax, Second::kRegister}},
    {Op::kScalarEq, {Arithmetic::kEq, Second::kRegister}},
    {Op::kScalarNe, {Arithmetic::kNe, Second::kRegister}},
    {Op::kScalarLt, {Arithmetic::kLt, Second::kRegister}},
    {Op::kScalarLe, {Arithmetic::kLe, Second::kRegister}},
    {Op::kScalarPopcount, {Arithmetic::kPopcount, Second::kImmediate}},
    {Op::kScalarClz, {Arithmetic::kClz, Second::kImmediate}},
    {Op::kScalarCtz, {Arithmetic::kCtz, Second::kImmediate}},
    {Op::kScalarAddImmediate, {Arithmetic::kAdd, Second::kSignedImmediate}},
    {Op::kScalarMulImmediate, {Arithmetic::kMul, Second::kImmediate}},
    {Op::kScalarAndImmediate, {Arithmetic::kAnd, Second::kImmediate}},
    {Op::kScalarShlImmediate, {Arithmetic::kShl, Second::kImmediate}},
    {Op::kScalarShrImmediate, {Arithmetic::kShr, Second::kImmediate}},
    {Op::kScalarEqImmediate, {Arithmetic::kEq, Second::kImmediate}},
    {Op::kScalarLtImmediate, {Arithmetic::kLt, Second::kImmediate}},
    {Op::kVectorAdd, {Arithmetic::kAdd, Second::kRegister}},
    {Op::kVectorSub, {Arithmetic::kSub, Second::kRegister}},
    {Op::kVectorMul, {Arithmetic::kMul, Second::kRegister}},
    {Op::kVectorAnd, {Arithmetic::kAnd, Second::kRegister}},
    {Op::kVectorOr, {Arithmetic::kOr, Second::kRegister}},
    {Op::kVectorXor, {Arithmetic::kXor, Second::kRegister}},
    {Op::kVectorShl, {Arithmetic::kShl, Second::kRegister}},
    {Op::kVectorShr, {Arithmetic::kShr, Second::kRegister}},
    {Op::kVectorRotl, {Arithmetic::kRotl, Second::kRegister}},
    {Op::kVectorMin, {Arithmetic::kMin, Second::kRegister}},
    {Op::kVectorMax, {Arithmetic::kMax, Second::kRegister}},
    {Op::kVectorPopcount, {Arithmetic::kPopcount, Second::kImmediate}},
    {Op::kVectorClz, {Arithmetic::kClz, Second::kImmediate}},
    {Op::kVectorCtz, {Arithmetic::kCtz, Second::kImmediate}},
    {Op::kVectorAddImmediate, {Arithmetic::kAdd, Second::kImmediate}},
    {Op::kVectorMulImmediate, {Arithmetic::kMul, Second::kImmediate}},
    {Op::kVectorAndImmediate, {Arithmetic::kAnd, Second::kImmediate}},
    {Op::kVectorXorImmediate, {Arithmetic::kXor, Second::kImmediate}},
    {Op::kVectorShlImmediate, {Arithmetic::kShl, Second::kImmediate}},
    {Op::kVectorShrImmediate, {Arithmetic::kShr, Second::kImmediate}},
};

constexpr u8 kNoRow = 0xFF;

constexpr std::array<u8, 256> make_index() {
  std::array<u8, 256> index{};
  index.fill(kNoRow);
  for (u8 row = 0; row < std::size(kRows); ++row) index[static_cast<u8>(kRows[row].op)] = row;
  return index;
}
constexpr std::array<u8, 256> kIndex = make_index();

u64 extended(const SharedArithmetic& shared, u32 value, Width width) {
  if (shared.second != Second::kSignedImmediate) return value;
  return static_cast<u64>(i64{static_cast<std::int32_t>(value)}) & width.most;
}

/// The constant that a sum of a vector and an immediate adds to every lane, where none of them
/// wraps: taken as signed or as it stands.
std::optional<i64> exact_step(const Value& a, u32 value) {
  const u64 taken = (u64{1} << 32) - value;
  if (a.range.high + value <= kLaneWidth.most) return value;
  if (a.range.low >= taken) return -static_cast<i64>(taken);
  return std::nullopt;
}

}  // namespace

std::optional<SharedArithmetic> shared_arithmetic(Op op) {
  const u8 row = kIndex[static_cast<u8>(op)];
  if (row == kNoRow) return std::nullopt;
  return kRows[row].shared;
}

Value second_operand(const SharedArithmetic& shared, const Instruction& i,
                     const std::array<Value, kScalarRegisters>& scalars, Width width) {
  if (shared.second == Second::kRegister) return scalars[i.b];
  return {constant(extended(shared, i.immediate, width)), std::nullopt};
}

VectorValue vector_result(const SharedArithmetic& shared, const Instruction& i,
                          const std::array<VectorValue, kVectorRegisters>& vectors,
                          u32 fresh_base) {
  const VectorValue& a = vectors[i.a];
  const Value b = shared.second == Second::kRegister ? vectors[i.b].value
                                                     : Value{constant(i.immediate), std::nullopt};
  VectorValue out{apply(shared.operation, a.value, b, kLaneWidth), fresh_base, 0};
  if (i.op != Op::kVectorAddImmediate) return out;
  if (const auto step = exact_step(a.value, i.immediate)) {
    out.base = a.base;
    out.delta = a.delta + *step;
  }
  return out;
}

}  // namespace vyre::vir0
