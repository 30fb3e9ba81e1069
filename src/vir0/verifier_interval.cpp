#include "vir0/verifier_interval.hpp"

#include <bit>

namespace vyre::vir0 {
namespace {

struct Wrapped {
  u64 value;
  bool wrapped;
};

Wrapped add(u64 a, u64 b, Width width) {
  u64 sum = 0;
  const bool overflow = __builtin_add_overflow(a, b, &sum);
  return {sum & width.most, overflow || sum > width.most};
}

/// Where all sums wrap, or none does, their order is kept.
Interval add(const Interval& a, const Interval& b, Width width) {
  const Wrapped low = add(a.low, b.low, width);
  const Wrapped high = add(a.high, b.high, width);
  if (low.wrapped != high.wrapped) return width.all();
  return {low.value, high.value};
}

Interval subtract(const Interval& a, const Interval& b, Width width) {
  const bool low_wraps = a.low < b.high;
  const bool high_wraps = a.high < b.low;
  if (low_wraps != high_wraps) return width.all();
  return {(a.low - b.high) & width.most, (a.high - b.low) & width.most};
}

Interval multiply(const Interval& a, const Interval& b, Width width) {
  u64 high = 0;
  if (__builtin_mul_overflow(a.high, b.high, &high) || high > width.most) {
    if (!a.is_constant() || !b.is_constant()) return width.all();
    return constant((a.low * b.low) & width.most);
  }
  return {a.low * b.low, high};
}

Interval divide(const Interval& a, const Interval& b) {
  if (b.high == 0) return constant(0);
  if (b.low == 0) return {0, a.high};
  return {a.low / b.high, a.high / b.low};
}

Interval remainder(const Interval& a, const Interval& b) {
  if (b.high == 0 || a.high < b.low) return a;
  if (b.low == 0) return {0, a.high};
  if (b.is_constant() && a.low / b.low == a.high / b.low) return {a.low % b.low, a.high % b.low};
  return {0, std::min(a.high, b.high - 1)};
}

/// All ones up to the highest bit of `value`.
u64 filled(u64 value) { return value == 0 ? 0 : ~u64{0} >> std::countl_zero(value); }

Interval bitwise_and(const Interval& a, const Interval& b) {
  if (a.is_constant() && b.is_constant()) return constant(a.low & b.low);
  // A mask of low bits that covers all of the other operand changes nothing.
  if (b.is_constant() && filled(b.low) == b.low && a.high <= b.low) return a;
  if (a.is_constant() && filled(a.low) == a.low && b.high <= a.low) return b;
  return {0, std::min(a.high, b.high)};
}

Interval bitwise_or(const Interval& a, const Interval& b) {
  if (a.is_constant() && b.is_constant()) return constant(a.low | b.low);
  return {std::max(a.low, b.low), filled(a.high | b.high)};
}

Interval bitwise_xor(const Interval& a, const Interval& b) {
  if (a.is_constant() && b.is_constant()) return constant(a.low ^ b.low);
  return {0, filled(a.high | b.high)};
}

Interval shift_left(const Interval& a, const Interval& b, Width width) {
  if (b.low >= width.bits) return constant(0);
  if (a.is_constant() && b.is_constant()) return constant((a.low << b.low) & width.most);
  if (b.high >= width.bits || a.high > width.most >> b.high) return width.all();
  return {a.low << b.low, a.high << b.high};
}

Interval shift_right(const Interval& a, const Interval& b, Width width) {
  return {b.high >= width.bits ? 0 : a.low >> b.high, b.low >= width.bits ? 0 : a.high >> b.low};
}

Interval rotate_left(const Interval& a, const Interval& b, Width width) {
  if (!b.is_constant()) return a == constant(0) ? a : width.all();
  const u64 by = b.low % width.bits;
  if (by == 0) return a;
  if (!a.is_constant()) {
    return a.high <= width.most >> by ? Interval{a.low << by, a.high << by} : width.all();
  }
  return constant(((a.low << by) | (a.low >> (width.bits - by))) & width.most);
}

Interval truth(bool always, bool never) {
  if (always) return constant(1);
  return never ? constant(0) : Interval{0, 1};
}

Interval equal(const Interval& a, const Interval& b) {
  return truth(a.is_constant() && a == b, a.high < b.low || b.high < a.low);
}

u64 bit_width(u64 value) { return static_cast<u64>(std::bit_width(value)); }

Interval count_ones(const Interval& a) {
  if (a.is_constant()) return constant(static_cast<u64>(std::popcount(a.low)));
  return {a.low == 0 ? u64{0} : u64{1}, bit_width(a.high)};
}

Interval count_leading_zeros(const Interval& a, Width width) {
  return {width.bits - bit_width(a.high), width.bits - bit_width(a.low)};
}

Interval count_trailing_zeros(const Interval& a, Width width) {
  if (a == constant(0)) return constant(width.bits);
  if (a.is_constant()) return constant(static_cast<u64>(std::countr_zero(a.low)));
  return {0, a.low == 0 ? width.bits : bit_width(a.high) - 1};
}

}  // namespace

Interval apply(Arithmetic operation, const Interval& a, const Interval& b, Width width) {
  switch (operation) {
    case Arithmetic::kAdd:
      return add(a, b, width);
    case Arithmetic::kSub:
      return subtract(a, b, width);
    case Arithmetic::kMul:
      return multiply(a, b, width);
    case Arithmetic::kDiv:
      return divide(a, b);
    case Arithmetic::kRem:
      return remainder(a, b);
    case Arithmetic::kAnd:
      return bitwise_and(a, b);
    case Arithmetic::kOr:
      return bitwise_or(a, b);
    case Arithmetic::kXor:
      return bitwise_xor(a, b);
    case Arithmetic::kShl:
      return shift_left(a, b, width);
    case Arithmetic::kShr:
      return shift_right(a, b, width);
    case Arithmetic::kRotl:
      return rotate_left(a, b, width);
    case Arithmetic::kMin:
      return {std::min(a.low, b.low), std::min(a.high, b.high)};
    case Arithmetic::kMax:
      return {std::max(a.low, b.low), std::max(a.high, b.high)};
    case Arithmetic::kEq:
      return equal(a, b);
    case Arithmetic::kNe: {
      const Interval same = equal(a, b);
      return {1 - same.high, 1 - same.low};
    }
    case Arithmetic::kLt:
      return truth(a.high < b.low, a.low >= b.high);
    case Arithmetic::kLe:
      return truth(a.high <= b.low, a.low > b.high);
    case Arithmetic::kPopcount:
      return count_ones(a);
    case Arithmetic::kClz:
      return count_leading_zeros(a, width);
    case Arithmetic::kCtz:
      return count_trailing_zeros(a, width);
  }
  return width.all();
}

}  // namespace vyre::vir0
