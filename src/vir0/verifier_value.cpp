#include "vir0/verifier_value.hpp"

namespace vyre::vir0 {
namespace {

std::optional<Limit> checked(Extent extent, i64 floor, i64 slack) {
  if (floor > kLimitRange || slack < -kLimitRange || slack > kLimitRange) return std::nullopt;
  return Limit{extent, std::max(floor, -kLimitRange), slack};
}

std::optional<i64> small(u64 value) {
  if (value > static_cast<u64>(kLimitRange)) return std::nullopt;
  return static_cast<i64>(value);
}

/// Of the greater of two values.
std::optional<Limit> limit_of_greater(const Value& a, const Value& b) {
  if (a.limit && b.limit) {
    return Limit{a.limit->extent == b.limit->extent ? a.limit->extent : Extent::kReadable,
                 std::max(a.limit->floor, b.limit->floor),
                 std::max(a.limit->slack, b.limit->slack)};
  }
  const Value& limited = a.limit ? a : b;
  const auto other = small(a.limit ? b.range.high : a.range.high);
  if (!limited.limit || !other) return std::nullopt;
  return Limit{limited.limit->extent, std::max(limited.limit->floor, *other), limited.limit->slack};
}

/// The tile's length and what follows it add up to what can be read.
std::optional<Limit> limit_of_extents(const Limit& a, const Limit& b) {
  const bool both = a.extent == Extent::kLength
                        ? b.extent == Extent::kAfter
                        : a.extent == Extent::kAfter && b.extent == Extent::kLength;
  // No extent is negative: such a floor is below what it is a floor of.
  if (!both || a.floor > a.slack || b.floor > b.slack) return std::nullopt;
  return checked(Extent::kReadable, -kLimitRange, a.slack + b.slack);
}

std::optional<Limit> limit_of_sum(const Value& a, const Value& b, Width width) {
  u64 high = 0;
  const bool exact =
      !__builtin_add_overflow(a.range.high, b.range.high, &high) && high <= width.most;
  if (exact && a.limit && b.limit) {
    if (const auto sum = limit_of_extents(*a.limit, *b.limit)) return sum;
  }
  const Value& limited = a.limit ? a : b;
  const auto other = small(a.limit ? b.range.high : a.range.high);
  if (limited.limit && exact && other) return limited.limit->raised(*other);
  // Adding the complement of a small number to something greater takes the number away.
  if (!a.limit || !b.range.is_constant() || b.range.low == 0) return std::nullopt;
  const u64 taken = width.most - b.range.low + 1;
  const auto by = small(taken);
  return by && a.range.low >= taken ? a.limit->raised(-*by) : std::nullopt;
}

std::optional<Limit> limit_of(Arithmetic operation, const Value& a, const Value& b, Width width) {
  switch (operation) {
    case Arithmetic::kAdd:
      return limit_of_sum(a, b, width);
    case Arithmetic::kSub: {
      const auto by = small(b.range.low);
      return a.limit && by && a.range.low >= b.range.high ? a.limit->raised(-*by) : std::nullopt;
    }
    case Arithmetic::kMax:
      return limit_of_greater(a, b);
    case Arithmetic::kMin:
    case Arithmetic::kAnd:
      return a.limit ? a.limit : b.limit;
    case Arithmetic::kDiv:
    case Arithmetic::kRem:
    case Arithmetic::kShr:
      return a.limit;
    default:
      return std::nullopt;
  }
}

MaskFact weaker(const MaskFact& a, const MaskFact& b) {
  return {a.base, std::min(a.low, b.low), std::max(a.high, b.high), std::max(a.slack, b.slack)};
}

}  // namespace

std::optional<Limit> Limit::raised(i64 by) const {
  return checked(extent, floor == -kLimitRange ? floor : floor + by, slack + by);
}

Value join(const Value& a, const Value& b) {
  return {hull(a.range, b.range), limit_of_greater(a, b)};
}

Value apply(Arithmetic operation, const Value& a, const Value& b, Width width) {
  return {apply(operation, a.range, b.range, width), limit_of(operation, a, b, width)};
}

const MaskFact* MaskFacts::find(u32 base) const {
  for (u32 i = 0; i < count_; ++i) {
    if (facts_[i].base == base) return &facts_[i];
  }
  return nullptr;
}

void MaskFacts::add(const MaskFact& fact) {
  if (fact.base == kNoBase) return;
  for (u32 i = 0; i < count_; ++i) {
    MaskFact& known = facts_[i];
    if (known.base != fact.base) continue;
    known.low = std::max(known.low, fact.low);
    known.high = std::min(known.high, fact.high);
    known.slack = std::min(known.slack, fact.slack);
    return;
  }
  if (count_ < facts_.size()) facts_[count_++] = fact;
}

void MaskFacts::add_all(const MaskFacts& other) {
  for (u32 i = 0; i < other.count_; ++i) add(other.facts_[i]);
}

void MaskFacts::keep_common(const MaskFacts& other) {
  u32 kept = 0;
  for (u32 i = 0; i < count_; ++i) {
    const MaskFact* same = other.find(facts_[i].base);
    if (same != nullptr) facts_[kept++] = weaker(facts_[i], *same);
  }
  count_ = kept;
}

Value MaskFacts::refine(const VectorValue& vector) const {
  const MaskFact* fact = find(vector.base);
  if (fact == nullptr) return vector.value;
  Value refined = vector.value;
  const i64 low = std::max(fact->low + vector.delta, static_cast<i64>(refined.range.low));
  const i64 high = std::min(fact->high + vector.delta, static_cast<i64>(refined.range.high));
  // A contradiction means that no lane is there: anything holds, what held before too.
  if (low <= high) refined.range = {static_cast<u64>(low), static_cast<u64>(high)};
  if (fact->slack == MaskFact::kNoSlack) return refined;
  const auto limit = checked(Extent::kReadable, -kLimitRange, fact->slack + vector.delta - 1);
  if (limit) refined.limit = limit;
  return refined;
}

void join_into(MaskValue& known, const MaskValue& other) {
  if (known.known != other.known) known.known = MaskValue::Known::kNothing;
  known.inside.keep_common(other.inside);
  known.outside.keep_common(other.outside);
}

}  // namespace vyre::vir0
