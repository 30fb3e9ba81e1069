#include "tests/oracle/knowledge_check.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/check.hpp"
#include "vir0/verifier_analysis.hpp"
#include "vir0/verifier_code.hpp"

namespace vyre::oracle {
namespace {

using vir0::MaskFact;
using vir0::MaskValue;
using vir0::Value;
using vir0::VectorValue;

i64 size_of(vir0::Extent extent, const NaiveTile& tile) {
  switch (extent) {
    case vir0::Extent::kLength:
      return static_cast<i64>(tile.length());
    case vir0::Extent::kAfter:
      return static_cast<i64>(tile.after());
    case vir0::Extent::kReadable:
      return static_cast<i64>(tile.length() + tile.after());
  }
  return 0;
}

bool holds(const Value& known, u64 value, const NaiveTile& tile) {
  if (!known.range.contains(value)) return false;
  if (!known.limit) return true;
  const i64 limit =
      std::max(known.limit->floor, size_of(known.limit->extent, tile) + known.limit->slack);
  return limit >= 0 && value <= static_cast<u64>(limit);
}

std::string text_of(const Value& known) {
  std::string text = fmt::format("[{:#x}, {:#x}]", known.range.low, known.range.high);
  if (!known.limit) return text;
  return text + fmt::format(" <= max({}, extent {} + {})", known.limit->floor,
                            static_cast<u32>(known.limit->extent), known.limit->slack);
}

std::string text_of(const NaiveTile& tile) {
  return fmt::format("a tile of {} bytes and {} after", tile.length(), tile.after());
}

i64 base_value(const VectorValue& known, u32 lane_value) { return i64{lane_value} - known.delta; }

}  // namespace

KnowledgeCheck::KnowledgeCheck(const Program& program) {
  const auto code = vir0::read_code(program);
  VYRE_CHECK(code);
  for (vir0::RangeAnalysis ranges(program, *code); !ranges.done(); ranges.advance()) {
    known_.push_back(ranges.state());
  }
}

NaiveObserver KnowledgeCheck::observer() {
  return [this](u32 at, const NaiveTile& tile, const NaiveRegisters& registers) {
    if (!problem_) look(at, tile, registers);
  };
}

void KnowledgeCheck::report(u32 at, const std::string& what) {
  if (!problem_) problem_ = fmt::format("before instruction {}: {}", at, what);
}

void KnowledgeCheck::look(u32 at, const NaiveTile& tile, const NaiveRegisters& registers) {
  look_at_scalars(at, tile, registers);
  look_at_vectors(at, tile, registers);
  look_at_bases(at, registers);
  look_at_masks(at, tile, registers);
}

void KnowledgeCheck::look_at_scalars(u32 at, const NaiveTile& tile,
                                     const NaiveRegisters& registers) {
  for (u32 i = 0; i < registers.scalars.size(); ++i) {
    const auto& scalar = registers.scalars[i];
    if (!scalar || holds(known_[at].scalars[i], *scalar, tile)) continue;
    report(at, fmt::format("s{} is {:#x} in {}, known: {}", i, *scalar, text_of(tile),
                           text_of(known_[at].scalars[i])));
  }
}

void KnowledgeCheck::look_at_vectors(u32 at, const NaiveTile& tile,
                                     const NaiveRegisters& registers) {
  for (u32 i = 0; i < registers.vectors.size(); ++i) {
    if (!registers.vectors[i]) continue;
    const Value& known = known_[at].vectors[i].value;
    for (u32 lane = 0; lane < kLanes; ++lane) {
      const u32 value = (*registers.vectors[i])[lane];
      if (holds(known, value, tile)) continue;
      return report(at, fmt::format("v{} lane {} is {:#x} in {}, known: {}", i, lane, value,
                                    text_of(tile), text_of(known)));
    }
  }
}

/// Vectors of one base differ by their deltas, in every lane.
void KnowledgeCheck::look_at_bases(u32 at, const NaiveRegisters& registers) {
  const auto& known = known_[at].vectors;
  for (u32 i = 0; i < known.size(); ++i) {
    for (u32 j = 0; j < i; ++j) {
      const bool comparable = registers.vectors[i] && registers.vectors[j];
      if (!comparable || known[i].base != known[j].base || known[i].base == vir0::kNoBase) continue;
      for (u32 lane = 0; lane < kLanes; ++lane) {
        if (base_value(known[i], (*registers.vectors[i])[lane]) ==
            base_value(known[j], (*registers.vectors[j])[lane])) {
          continue;
        }
        return report(at, fmt::format("v{} and v{} are not of one base in lane {}", j, i, lane));
      }
    }
  }
}

void KnowledgeCheck::look_at_masks(u32 at, const NaiveTile& tile, const NaiveRegisters& registers) {
  for (u32 i = 0; i < registers.masks.size(); ++i) {
    if (!registers.masks[i]) continue;
    const MaskValue& known = known_[at].masks[i];
    Mask inside = *registers.masks[i];
    const auto set = std::count(inside.begin(), inside.end(), true);
    if ((known.known == MaskValue::Known::kEmpty && set != 0) ||
        (known.known == MaskValue::Known::kFull && set != kLanes)) {
      return report(at, fmt::format("m{} has {} lanes, known to be full or empty", i, set));
    }
    look_at_fact(at, tile, registers, inside, known.inside, fmt::format("inside m{}", i));
    std::transform(inside.begin(), inside.end(), inside.begin(), std::logical_not<>());
    look_at_fact(at, tile, registers, inside, known.outside, fmt::format("outside m{}", i));
  }
}

/// Facts speak of bases; a vector of that base shows its value.
void KnowledgeCheck::look_at_fact(u32 at, const NaiveTile& tile, const NaiveRegisters& registers,
                                  const Mask& lanes, const vir0::MaskFacts& facts,
                                  const std::string& name) {
  for (u32 i = 0; i < registers.vectors.size(); ++i) {
    const VectorValue& known = known_[at].vectors[i];
    const MaskFact* fact = facts.find(known.base);
    if (!registers.vectors[i] || fact == nullptr) continue;
    for (u32 lane = 0; lane < kLanes; ++lane) {
      const i64 base = base_value(known, (*registers.vectors[i])[lane]);
      const bool so = base >= fact->low && base <= fact->high &&
                      base < size_of(vir0::Extent::kReadable, tile) + fact->slack;
      if (!lanes[lane] || so) continue;
      return report(
          at, fmt::format("{}: base of v{} is {} in lane {} in {}, known: [{}, "
                          "{}], below readable + {}",
                          name, i, base, lane, text_of(tile), fact->low, fact->high, fact->slack));
    }
  }
}

}  // namespace vyre::oracle
