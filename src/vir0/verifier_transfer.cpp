#include "vir0/verifier_transfer.hpp"

#include <optional>

#include "base/units.hpp"
#include "vir0/verifier_arithmetic.hpp"
#include "vir0/verifier_masks.hpp"

namespace vyre::vir0 {
namespace {

constexpr u64 kMaxU32 = 0xFFFFFFFF;

Value any_up_to(u64 high) { return {{0, high}, std::nullopt}; }
Value exactly(u64 value) { return {constant(value), std::nullopt}; }

Value input_value(u32 input) {
  switch (input) {
    case 0:
      // Whoever publishes a chunk names it: the kernel takes it as it is.
      return any_up_to(kScalarWidth.most);
    case 1:
      return {{0, kTileBytes}, Limit{Extent::kLength, -kLimitRange, 0}};
    case 2:
      return any_up_to(kHaloBytes);
    default:
      return {{0, kHaloBytes}, Limit{Extent::kAfter, -kLimitRange, 0}};
  }
}

/// immediate << 32 | low half of a.
Value high_half_set(const Value& a, u32 immediate) {
  const u64 high = u64{immediate} << 32;
  const Interval low = a.range.high <= kMaxU32 ? a.range : Interval{0, kMaxU32};
  return {{high | low.low, high | low.high}, std::nullopt};
}

/// The low 32 bits.
Value truncated(const Value& a) {
  if (a.range.high <= kMaxU32) return a;
  if (a.range.low >> 32 != a.range.high >> 32) return any_up_to(kMaxU32);
  return {{a.range.low & kMaxU32, a.range.high & kMaxU32}, std::nullopt};
}

/// Sums of `least` to `most` lanes: 32 bits wide where `width` is kLaneWidth.
Value sum_of_lanes(const Value& a, u64 least, u64 most, Width width) {
  if (a.range.high * most > width.most) return {width.all(), std::nullopt};
  return {{a.range.low * least, a.range.high * most}, std::nullopt};
}

Value selected(const Value& condition, const Value& a, const Value& b) {
  if (condition.range.low > 0) return a;
  return condition.range.high == 0 ? b : join(a, b);
}

Value ballot_value(Op op, const MaskValue& mask) {
  using Known = MaskValue::Known;
  if (op == Op::kMaskBallot) {
    if (mask.known == Known::kNothing) return any_up_to(kScalarWidth.most);
    return exactly(mask.known == Known::kFull ? kScalarWidth.most : 0);
  }
  if (mask.known == Known::kNothing) return any_up_to(kLanes);
  const bool full = mask.known == Known::kFull;
  switch (op) {
    case Op::kMaskFirst:
      return exactly(full ? 0 : kLanes);
    case Op::kMaskLast:
      return exactly(full ? kLanes - 1 : kLanes);
    default:
      return exactly(full ? kLanes : 0);
  }
}

}  // namespace

void Transfer::run(const InstructionInfo& row, const Instruction& i, RegisterState& state) {
  switch (row.dst) {
    case OperandKind::kScalarOut:
    case OperandKind::kScalarInOut:
      state.scalars[i.dst] = scalar_value(i, state);
      return;
    case OperandKind::kVectorOut:
      state.vectors[i.dst] = vector_value(i, state);
      return;
    case OperandKind::kMaskOut:
      state.masks[i.dst] = mask_value(i, state);
      return;
    default:
      return;
  }
}

Value Transfer::scalar_value(const Instruction& i, const RegisterState& state) const {
  if (const auto shared = shared_arithmetic(i.op)) {
    const Value& a = state.scalars[i.a];
    const Value b = second_operand(*shared, i, state.scalars, kScalarWidth);
    return apply(shared->operation, a, b, kScalarWidth);
  }
  switch (i.op) {
    case Op::kScalarConst:
      return exactly(i.immediate);
    case Op::kScalarConstHigh:
      return high_half_set(state.scalars[i.dst], i.immediate);
    case Op::kScalarInput:
      return input_value(i.immediate);
    case Op::kScalarMove:
      return state.scalars[i.a];
    case Op::kScalarSelect:
      return selected(state.scalars[i.immediate], state.scalars[i.a], state.scalars[i.b]);
    case Op::kCountByte:
    case Op::kFindCount:
      return any_up_to(kTileBytes);
    case Op::kCrc32c:
    case Op::kIoLoad:
    case Op::kInboxScalarU32:
      return any_up_to(kMaxU32);
    case Op::kInboxScalarU8:
      return any_up_to(0xFF);
    case Op::kInboxScalarU16:
      return any_up_to(0xFFFF);
    case Op::kMaskBallot:
    case Op::kMaskCount:
    case Op::kMaskFirst:
    case Op::kMaskLast:
      return ballot_value(i.op, state.masks[i.a]);
    default:
      return from_lanes(i, state);
  }
}

Value Transfer::from_lanes(const Instruction& i, const RegisterState& state) const {
  switch (i.op) {
    case Op::kVectorExtract:
    case Op::kVectorReduceMin:
    case Op::kVectorReduceMax:
      return state.vectors[i.a].value;
    case Op::kVectorReduceAdd:
      return sum_of_lanes(state.vectors[i.a].value, kLanes, kLanes, kScalarWidth);
    case Op::kVectorReduceOr: {
      const Interval a = state.vectors[i.a].value.range;
      return {apply(Arithmetic::kOr, a, a, kLaneWidth), std::nullopt};
    }
    default:
      // c.load, xxh64, s.inbox.u64: words that the program cannot bound.
      return any_up_to(kScalarWidth.most);
  }
}

VectorValue Transfer::vector_value(const Instruction& i, const RegisterState& state) {
  const VectorValue& a = state.vectors[i.a];
  if (const auto shared = shared_arithmetic(i.op)) {
    return vector_result(*shared, i, state.vectors, fresh_base());
  }
  const auto fresh = [this](const Value& value) { return VectorValue{value, fresh_base(), 0}; };
  switch (i.op) {
    case Op::kVectorLane:
      return fresh(any_up_to(kLanes - 1));
    case Op::kVectorSplat:
      return fresh(truncated(state.scalars[i.a]));
    case Op::kVectorConst:
      return fresh(exactly(i.immediate));
    case Op::kVectorMove:
      return a;
    case Op::kVectorSelect: {
      const MaskValue& mask = state.masks[i.immediate];
      const VectorValue& b = state.vectors[i.b];
      if (mask.known == MaskValue::Known::kFull) return a;
      if (mask.known == MaskValue::Known::kEmpty) return b;
      return fresh(join(mask.inside.refine(a), mask.outside.refine(b)));
    }
    case Op::kVectorShuffle:
    case Op::kVectorScanMax:
      return fresh(a.value);
    case Op::kVectorScanAdd:
      return fresh(sum_of_lanes(a.value, 1, kLanes, kLaneWidth));
    case Op::kVectorScanAddExclusive:
      return fresh(sum_of_lanes(a.value, 0, kLanes - 1, kLaneWidth));
    default:
      return fresh(loaded_value(i, state));
  }
}

Value Transfer::loaded_value(const Instruction& i, const RegisterState& state) {
  using Known = MaskValue::Known;
  switch (i.op) {
    case Op::kLoadU8:
    case Op::kBlockU8:
    case Op::kInboxU8:
      return any_up_to(0xFF);
    case Op::kLoadU16:
    case Op::kBlockU16:
    case Op::kInboxU16:
      return any_up_to(0xFFFF);
    case Op::kTableU8:
    case Op::kTableU16:
    case Op::kTableU32: {
      // Lanes outside the mask get 0.
      const Known known = state.masks[i.b].known;
      if (known == Known::kEmpty) return exactly(0);
      const Interval elements = table_range(i.immediate, load_width(i.op));
      return {known == Known::kFull ? elements : hull(elements, constant(0)), std::nullopt};
    }
    default:
      return any_up_to(kMaxU32);
  }
}

Interval Transfer::table_range(u32 table, u32 width) {
  const auto [entry, added] = table_ranges_.try_emplace({table, width});
  if (!added) return entry->second;
  const auto& bytes = program_.tables[table];
  Interval& range = entry->second;
  range = {kMaxU32, 0};
  for (std::size_t at = 0; at < bytes.size(); at += width) {
    u64 element = 0;
    for (u32 byte = width; byte-- > 0;) element = element << 8 | static_cast<u64>(bytes[at + byte]);
    range = {std::min(range.low, element), std::max(range.high, element)};
  }
  return range;
}

MaskValue mask_value(const Instruction& i, const RegisterState& state) {
  const VectorValue& a = state.vectors[i.a];
  const VectorValue& b = state.vectors[i.b];
  const MaskValue& left = state.masks[i.a & (kMaskRegisters - 1)];
  const MaskValue& right = state.masks[i.b & (kMaskRegisters - 1)];
  const VectorValue immediate{exactly(i.immediate), kNoBase, 0};
  switch (i.op) {
    case Op::kMaskConst:
      return mask_const(i.immediate != 0);
    case Op::kMaskEq:
      return mask_equal(a, b);
    case Op::kMaskNe:
      return mask_not(mask_equal(a, b));
    case Op::kMaskLt:
      return mask_less(a, b);
    case Op::kMaskLe:
      return mask_less_or_equal(a, b);
    case Op::kMaskEqImmediate:
      return mask_equal(a, immediate);
    case Op::kMaskNeImmediate:
      return mask_not(mask_equal(a, immediate));
    case Op::kMaskLtImmediate:
      return mask_less(a, immediate);
    case Op::kMaskGeImmediate:
      return mask_not(mask_less(a, immediate));
    case Op::kMaskAnd:
      return mask_and(left, right);
    case Op::kMaskOr:
      return mask_not(mask_and(mask_not(left), mask_not(right)));
    case Op::kMaskAndNot:
      return mask_and(left, mask_not(right));
    case Op::kMaskNot:
      return mask_not(left);
    default:
      // m.xor, m.bits: nothing that a later access could use.
      return {};
  }
}

u32 load_width(Op op) {
  switch (op) {
    case Op::kLoadU16:
    case Op::kTableU16:
      return 2;
    case Op::kLoadU32:
    case Op::kTableU32:
      return 4;
    default:
      return 1;
  }
}

}  // namespace vyre::vir0
