#pragma once

#include <algorithm>

#include "wire/platform.hpp"

namespace vyre::vir0 {

/// All values from `low` to `high`, both included, unsigned; low <= high.
struct Interval {
  u64 low = 0;
  u64 high = 0;
  friend bool operator==(const Interval&, const Interval&) = default;

  [[nodiscard]] bool is_constant() const { return low == high; }
  [[nodiscard]] bool contains(u64 value) const { return low <= value && value <= high; }
};

/// The width of the values that an operation works on: u64 of scalars, u32 of lanes.
struct Width {
  u32 bits;
  u64 most;
  [[nodiscard]] Interval all() const { return {0, most}; }
};
inline constexpr Width kScalarWidth{64, ~u64{0}};
inline constexpr Width kLaneWidth{32, 0xFFFFFFFF};

[[nodiscard]] constexpr Interval constant(u64 value) { return {value, value}; }
[[nodiscard]] constexpr Interval hull(const Interval& a, const Interval& b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high)};
}

/// The arithmetic that scalars and vectors share; meanings as in isa.def.
enum class Arithmetic : u8 {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kRem,
  kAnd,
  kOr,
  kXor,
  kShl,
  kShr,
  kRotl,
  kMin,
  kMax,
  kEq,
  kNe,
  kLt,
  kLe,
  kPopcount,
  kClz,
  kCtz,
};

/// Contains every value of the operation on a value of `a` and one of `b` (ignored by the last
/// three); the inputs lie within the width.
Interval apply(Arithmetic operation, const Interval& a, const Interval& b, Width width);

}  // namespace vyre::vir0
