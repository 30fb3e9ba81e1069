#include "vir0/verifier_access.hpp"

#include <fmt/format.h>

#include "base/units.hpp"
#include "vir0/saturating.hpp"
#include "vir0/verifier_analysis.hpp"

namespace vyre::vir0 {
namespace {

/// Whether an access stays in bounds: always, never, or as the input has it.
enum class Verdict : u8 { kProven, kChecked, kImpossible };

/// `count` bytes from `first` on can be read, whatever the tile's length; `count` is not 0.
bool readable(const Value& first, u64 count) {
  if (!first.limit || count > kTileBytes) return false;
  const Limit& limit = *first.limit;
  const bool above_floor = limit.floor < 0 || first.range.low > static_cast<u64>(limit.floor);
  return above_floor && limit.slack + static_cast<i64>(count) <= 0;
}

/// As many bytes as a limited count says, from an offset on of which a constant bound is known.
bool count_readable(const Interval& first, const Value& count) {
  if (!count.limit || first.high > kTileBytes) return false;
  const auto from = static_cast<i64>(first.high);
  return count.limit->floor + from <= 0 && count.limit->slack + from <= 0;
}

/// No tile lets an access of `width` bytes at any of these offsets, signed `bits` wide, succeed.
bool outside_every_tile(const Interval& offsets, u64 width, Width bits) {
  const u64 first_negative = bits.most / 2 + 1;
  if (offsets.high < first_negative) return offsets.low > kTileBytes + kHaloBytes - width;
  return offsets.low >= first_negative && offsets.high < bits.most - kHaloBytes + 1;
}

class AccessCheck {
 public:
  AccessCheck(const Program& program, const Code& code, const std::vector<u64>& runs)
      : program_(program), code_(code), runs_(runs) {
    bounds_.proven.resize(code.size());
  }

  Result<AccessBounds> run() {
    for (RangeAnalysis ranges(program_, code_); !ranges.done(); ranges.advance()) {
      const u32 at = ranges.at();
      const auto verdict = judge(at, ranges.state());
      if (!verdict) continue;
      if (*verdict == Verdict::kImpossible) {
        return tl::unexpected(rejection(program_, at, "no offset it can have is in bounds",
                                        "correct the offset, or the mask"));
      }
      ++accesses_;
      bounds_.proven[at] = *verdict == Verdict::kProven;
    }
    finish();
    return std::move(bounds_);
  }

 private:
  std::optional<Verdict> judge(u32 at, const RegisterState& state) {
    const Instruction& i = code_.instructions[at];
    switch (i.op) {
      case Op::kLoadU8:
      case Op::kLoadU16:
      case Op::kLoadU32:
      case Op::kEmit:
        return tile(i, state);
      case Op::kTableU8:
      case Op::kTableU16:
      case Op::kTableU32:
        return indexed(i, state, program_.tables[i.immediate].size() / load_width(i.op));
      case Op::kWindowLoad:
      case Op::kWindowStore:
      case Op::kWindowAdd:
      case Op::kWindowMin:
      case Op::kWindowMax:
      case Op::kWindowOr:
        return indexed(i, state, program_.windows[i.immediate].count);
      case Op::kCopy:
        return copy(at, state);
      case Op::kCopyInbox:
        add_output(at, state);
        return Verdict::kChecked;
      case Op::kInboxScalarU8:
      case Op::kInboxScalarU16:
      case Op::kInboxScalarU32:
      case Op::kInboxScalarU64:
      case Op::kInboxU8:
      case Op::kInboxU16:
      case Op::kInboxU32:
        return Verdict::kChecked;
      default:
        return std::nullopt;
    }
  }

  static Verdict tile(const Instruction& i, const RegisterState& state) {
    const VectorValue& offset = state.vectors[i.a];
    const MaskValue& mask = state.masks[i.b];
    const u32 width = load_width(i.op);
    if (mask.known == MaskValue::Known::kEmpty) return Verdict::kProven;
    if (readable(mask.inside.refine(offset), width)) return Verdict::kProven;
    const bool certain = mask.known == MaskValue::Known::kFull;
    return certain && outside_every_tile(offset.value.range, width, kLaneWidth)
               ? Verdict::kImpossible
               : Verdict::kChecked;
  }

  static Verdict indexed(const Instruction& i, const RegisterState& state, u64 count) {
    const VectorValue& index = state.vectors[i.a];
    const MaskValue& mask = state.masks[i.b];
    if (mask.known == MaskValue::Known::kEmpty) return Verdict::kProven;
    if (mask.inside.refine(index).range.high < count) return Verdict::kProven;
    const bool certain = mask.known == MaskValue::Known::kFull;
    return certain && index.value.range.low >= count ? Verdict::kImpossible : Verdict::kChecked;
  }

  Verdict copy(u32 at, const RegisterState& state) {
    const Value& first = state.scalars[code_.instructions[at].a];
    const Value& count = state.scalars[code_.instructions[at].b];
    copies_.push_back(at);
    add_output(at, state);
    if (count.range.high == 0 || readable(first, count.range.high) ||
        count_readable(first.range, count)) {
      return Verdict::kProven;
    }
    const bool certain = count.range.low > 0;
    return certain && outside_every_tile(first.range, 1, kScalarWidth) ? Verdict::kImpossible
                                                                       : Verdict::kChecked;
  }

  void add_output(u32 at, const RegisterState& state) {
    const u64 most = state.scalars[code_.instructions[at].b].range.high;
    output_ = saturating_add(output_, saturating_multiply(most, runs_[at]));
  }

  void finish() {
    bounds_.output = static_cast<u32>(std::min<u64>(output_, kMaxTileOutput));
    if (output_ > kMaxTileOutput) {
      for (const u32 at : copies_) bounds_.proven[at] = false;
    }
    for (const bool proven : bounds_.proven) bounds_.proven_accesses += proven ? 1 : 0;
    bounds_.checked_accesses = accesses_ - bounds_.proven_accesses;
  }

  const Program& program_;
  const Code& code_;
  const std::vector<u64>& runs_;
  AccessBounds bounds_;
  std::vector<u32> copies_;
  /// Saturates.
  u64 output_ = 0;
  u32 accesses_ = 0;
};

}  // namespace

Result<AccessBounds> check_accesses(const Program& program, const Code& code,
                                    const std::vector<u64>& runs) {
  return AccessCheck(program, code, runs).run();
}

}  // namespace vyre::vir0
