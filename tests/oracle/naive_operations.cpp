#include "tests/oracle/naive_operations.hpp"

namespace vyre::oracle {
namespace {

using vir0::Op;

/// Bits of a number, counted one by one.
template <typename T>
T count_ones(T a) {
  T count = 0;
  for (; a != 0; a >>= 1) count += a & 1;
  return count;
}

template <typename T>
T count_trailing_zeros(T a) {
  T count = 0;
  for (; count < 8 * sizeof(T) && ((a >> count) & 1) == 0; ++count) {
  }
  return count;
}

template <typename T>
T count_leading_zeros(T a) {
  T count = 0;
  for (; count < 8 * sizeof(T) && ((a >> (8 * sizeof(T) - 1 - count)) & 1) == 0; ++count) {
  }
  return count;
}

template <typename T>
T shift_left(T a, T b) {
  return b >= 8 * sizeof(T) ? 0 : a << b;
}

template <typename T>
T shift_right(T a, T b) {
  return b >= 8 * sizeof(T) ? 0 : a >> b;
}

/// One bit at a time.
template <typename T>
T rotate_left(T a, T b) {
  for (T i = 0; i < b % (8 * sizeof(T)); ++i) a = (a << 1) | (a >> (8 * sizeof(T) - 1));
  return a;
}

template <typename T>
T least(T a, T b) {
  return a < b ? a : b;
}

template <typename T>
T greatest(T a, T b) {
  return a > b ? a : b;
}

u64 sign_extend(u64 immediate) {
  return immediate < 0x80000000 ? immediate : immediate | 0xFFFFFFFF00000000;
}

}  // namespace

const std::map<Op, ScalarUnary> kScalarUnary = {
    {Op::kScalarMove, [](u64 a) { return a; }},
    {Op::kScalarPopcount, count_ones<u64>},
    {Op::kScalarClz, count_leading_zeros<u64>},
    {Op::kScalarCtz, count_trailing_zeros<u64>},
};

const std::map<Op, ScalarBinary> kScalarBinary = {
    {Op::kScalarAdd, [](u64 a, u64 b) { return a + b; }},
    {Op::kScalarSub, [](u64 a, u64 b) { return a - b; }},
    {Op::kScalarMul, [](u64 a, u64 b) { return a * b; }},
    {Op::kScalarDiv, [](u64 a, u64 b) { return b == 0 ? 0 : a / b; }},
    {Op::kScalarRem, [](u64 a, u64 b) { return b == 0 ? a : a % b; }},
    {Op::kScalarAnd, [](u64 a, u64 b) { return a & b; }},
    {Op::kScalarOr, [](u64 a, u64 b) { return a | b; }},
    {Op::kScalarXor, [](u64 a, u64 b) { return a ^ b; }},
    {Op::kScalarShl, shift_left<u64>},
    {Op::kScalarShr, shift_right<u64>},
    {Op::kScalarRotl, rotate_left<u64>},
    {Op::kScalarMin, least<u64>},
    {Op::kScalarMax, greatest<u64>},
    {Op::kScalarEq, [](u64 a, u64 b) -> u64 { return a == b ? 1 : 0; }},
    {Op::kScalarNe, [](u64 a, u64 b) -> u64 { return a != b ? 1 : 0; }},
    {Op::kScalarLt, [](u64 a, u64 b) -> u64 { return a < b ? 1 : 0; }},
    {Op::kScalarLe, [](u64 a, u64 b) -> u64 { return a <= b ? 1 : 0; }},
};

const std::map<Op, ScalarBinary> kScalarImmediate = {
    {Op::kScalarAddImmediate, [](u64 a, u64 b) { return a + sign_extend(b); }},
    {Op::kScalarMulImmediate, [](u64 a, u64 b) { return a * b; }},
    {Op::kScalarAndImmediate, [](u64 a, u64 b) { return a & b; }},
    {Op::kScalarShlImmediate, shift_left<u64>},
    {Op::kScalarShrImmediate, shift_right<u64>},
    {Op::kScalarEqImmediate, [](u64 a, u64 b) -> u64 { return a == b ? 1 : 0; }},
    {Op::kScalarLtImmediate, [](u64 a, u64 b) -> u64 { return a < b ? 1 : 0; }},
};

const std::map<Op, LaneUnary> kLaneUnary = {
    {Op::kVectorMove, [](u32 a) { return a; }},
    {Op::kVectorPopcount, count_ones<u32>},
    {Op::kVectorClz, count_leading_zeros<u32>},
    {Op::kVectorCtz, count_trailing_zeros<u32>},
};

const std::map<Op, LaneBinary> kLaneBinary = {
    {Op::kVectorAdd, [](u32 a, u32 b) { return a + b; }},
    {Op::kVectorSub, [](u32 a, u32 b) { return a - b; }},
    {Op::kVectorMul, [](u32 a, u32 b) { return a * b; }},
    {Op::kVectorAnd, [](u32 a, u32 b) { return a & b; }},
    {Op::kVectorOr, [](u32 a, u32 b) { return a | b; }},
    {Op::kVectorXor, [](u32 a, u32 b) { return a ^ b; }},
    {Op::kVectorShl, shift_left<u32>},
    {Op::kVectorShr, shift_right<u32>},
    {Op::kVectorRotl, rotate_left<u32>},
    {Op::kVectorMin, least<u32>},
    {Op::kVectorMax, greatest<u32>},
};

const std::map<Op, LaneBinary> kLaneImmediate = {
    {Op::kVectorAddImmediate, [](u32 a, u32 b) { return a + b; }},
    {Op::kVectorMulImmediate, [](u32 a, u32 b) { return a * b; }},
    {Op::kVectorAndImmediate, [](u32 a, u32 b) { return a & b; }},
    {Op::kVectorXorImmediate, [](u32 a, u32 b) { return a ^ b; }},
    {Op::kVectorShlImmediate, shift_left<u32>},
    {Op::kVectorShrImmediate, shift_right<u32>},
};

const std::map<Op, LaneComparison> kComparisons = {
    {Op::kMaskEq, [](u32 a, u32 b) { return a == b; }},
    {Op::kMaskNe, [](u32 a, u32 b) { return a != b; }},
    {Op::kMaskLt, [](u32 a, u32 b) { return a < b; }},
    {Op::kMaskLe, [](u32 a, u32 b) { return a <= b; }},
};

const std::map<Op, LaneComparison> kImmediateComparisons = {
    {Op::kMaskEqImmediate, [](u32 a, u32 b) { return a == b; }},
    {Op::kMaskNeImmediate, [](u32 a, u32 b) { return a != b; }},
    {Op::kMaskLtImmediate, [](u32 a, u32 b) { return a < b; }},
    {Op::kMaskGeImmediate, [](u32 a, u32 b) { return a >= b; }},
};

const std::map<Op, MaskLogic> kMaskLogic = {
    {Op::kMaskAnd, [](bool a, bool b) { return a && b; }},
    {Op::kMaskOr, [](bool a, bool b) { return a || b; }},
    {Op::kMaskXor, [](bool a, bool b) { return a != b; }},
    {Op::kMaskAndNot, [](bool a, bool b) { return a && !b; }},
};

}  // namespace vyre::oracle
