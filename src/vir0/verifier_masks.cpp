#include "vir0/verifier_masks.hpp"

#include <utility>

namespace vyre::vir0 {
namespace {

using Known = MaskValue::Known;

Known known_if(const Interval& comparison) {
  if (!comparison.is_constant()) return Known::kNothing;
  return comparison.low == 0 ? Known::kEmpty : Known::kFull;
}

/// Adds what lower + gap <= upper says; gap is 0 or 1.
void add_order(MaskFacts& facts, const VectorValue& lower, const VectorValue& upper, i64 gap) {
  const auto low = [](const VectorValue& v) { return static_cast<i64>(v.value.range.low); };
  const auto high = [](const VectorValue& v) { return static_cast<i64>(v.value.range.high); };
  MaskFact below{lower.base, low(lower) - lower.delta, high(upper) - gap - lower.delta,
                 MaskFact::kNoSlack};
  // lower <= upper - gap <= max(floor, readable + slack) - gap, of which the floor is out of the
  // question where `lower` lies above it.
  const auto& limit = upper.value.limit;
  if (limit && low(lower) > limit->floor - gap) {
    below.slack = limit->slack + 1 - gap - lower.delta;
  }
  facts.add(below);
  facts.add(
      {upper.base, low(lower) + gap - upper.delta, high(upper) - upper.delta, MaskFact::kNoSlack});
}

Interval compare(Arithmetic operation, const VectorValue& a, const VectorValue& b) {
  return apply(operation, a.value.range, b.value.range, kLaneWidth);
}

}  // namespace

MaskValue mask_less(const VectorValue& a, const VectorValue& b) {
  MaskValue out;
  out.known = known_if(compare(Arithmetic::kLt, a, b));
  add_order(out.inside, a, b, 1);
  add_order(out.outside, b, a, 0);
  return out;
}

MaskValue mask_less_or_equal(const VectorValue& a, const VectorValue& b) {
  return mask_not(mask_less(b, a));
}

MaskValue mask_equal(const VectorValue& a, const VectorValue& b) {
  MaskValue out;
  out.known = known_if(compare(Arithmetic::kEq, a, b));
  add_order(out.inside, a, b, 0);
  add_order(out.inside, b, a, 0);
  return out;
}

MaskValue mask_const(bool full) {
  MaskValue out;
  out.known = full ? Known::kFull : Known::kEmpty;
  return out;
}

MaskValue mask_not(const MaskValue& a) {
  MaskValue out{a.known, a.outside, a.inside};
  if (a.known != Known::kNothing) {
    out.known = a.known == Known::kFull ? Known::kEmpty : Known::kFull;
  }
  return out;
}

MaskValue mask_and(const MaskValue& a, const MaskValue& b) {
  if (a.known == Known::kFull) return b;
  if (b.known == Known::kFull) return a;
  MaskValue out;
  if (a.known == Known::kEmpty || b.known == Known::kEmpty) out.known = Known::kEmpty;
  out.inside = a.inside;
  out.inside.add_all(b.inside);
  out.outside = a.outside;
  out.outside.keep_common(b.outside);
  return out;
}

}  // namespace vyre::vir0
