#pragma once

#include <array>
#include <optional>

#include "vir0/isa.hpp"
#include "vir0/verifier_interval.hpp"

// What the verifier knows about registers before an instruction: ranges, how values compare with
// what can be read of the tile, and what masks say about the vectors that they were made from.
namespace vyre::vir0 {

using i64 = std::int64_t;

/// What limits are measured by: bytes of the tile, readable bytes behind it, or both together.
enum class Extent : u8 { kLength, kAfter, kReadable };

/// value <= max(floor, extent + slack), in integers without bound. Each extent is at most
/// kReadable, so that a limit holds with kReadable too.
struct Limit {
  Extent extent;
  i64 floor;
  i64 slack;

  /// Both raised by `by`; none where they leave the range in which sums are exact.
  [[nodiscard]] std::optional<Limit> raised(i64 by) const;
};

/// Beyond it (either way) limits are forgotten, so that their sums stay exact; offsets in a tile
/// are far below. As a floor, its negative means none.
inline constexpr i64 kLimitRange = i64{1} << 40;

/// A scalar, or any lane of a vector.
struct Value {
  Interval range;
  std::optional<Limit> limit;
};

/// Holds for each of both.
Value join(const Value& a, const Value& b);
/// The result of shared arithmetic.
Value apply(Arithmetic operation, const Value& a, const Value& b, Width width);

/// A vector: in each lane exactly (no wrap) the lane of the vector value `base`, plus `delta`.
/// Bases name the values that instructions wrote: two vectors with one base differ by a constant.
struct VectorValue {
  Value value;
  u32 base = 0;
  i64 delta = 0;
};
/// The base of values that no fact can name (immediates).
inline constexpr u32 kNoBase = 0;

/// About the lanes of one side of a mask: low <= base <= high, and base < readable + slack.
struct MaskFact {
  static constexpr i64 kNoSlack = i64{1} << 60;
  u32 base = kNoBase;
  i64 low = 0;
  i64 high = 0;
  i64 slack = kNoSlack;
};

/// Some facts that hold together; those that do not fit are forgotten.
class MaskFacts {
 public:
  /// Adds what `fact` says to what is known.
  void add(const MaskFact& fact);
  void add_all(const MaskFacts& other);
  /// Leaves what holds in each of both.
  void keep_common(const MaskFacts& other);
  [[nodiscard]] const MaskFact* find(u32 base) const;
  /// What is known about `vector` in lanes where the facts hold.
  [[nodiscard]] Value refine(const VectorValue& vector) const;

 private:
  std::array<MaskFact, 4> facts_;
  u32 count_ = 0;
};

struct MaskValue {
  enum class Known : u8 { kNothing, kEmpty, kFull };
  Known known = Known::kNothing;
  /// Of lanes that the mask has, and of those that it has not.
  MaskFacts inside;
  MaskFacts outside;
};
/// Leaves in `known` what holds in each of both.
void join_into(MaskValue& known, const MaskValue& other);

struct RegisterState {
  std::array<Value, kScalarRegisters> scalars;
  std::array<VectorValue, kVectorRegisters> vectors;
  std::array<MaskValue, kMaskRegisters> masks;
};

}  // namespace vyre::vir0
