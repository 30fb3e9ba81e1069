#include "scan/automata/factor_walk.hpp"

#include <algorithm>
#include <cmath>

#include "scan/automata/byte_model.hpp"
#include "scan/automata/hash.hpp"

namespace vyre::scan {
namespace {

/// Work per candidate, in bytes scanned: a check and its interruption cost about this much.
constexpr double kCandidateWork = 50;
/// Work per byte of text that a state more in the find automaton costs, by cache misses.
constexpr double kStateWork = 2e-7;
/// A wide set runs beside the others' strings and multiplies their states: s bytes cost about s * s
/// times this many states.
constexpr double kSpread = 10;
/// Runs of digits or letters are rare in source text and everywhere in tables of numbers or hashes:
/// no less than this rate is expected of a string of wide sets alone.
constexpr double kDenseRate = 2e-4;

SetWeight::Kind kind_of(const ByteSet& set) {
  const ByteSet digits = ByteSet::range('0', '9');
  const ByteSet letters = ByteSet::range('A', 'Z') | ByteSet::range('a', 'z');
  if (set.is_subset_of(digits)) return SetWeight::Kind::kDigit;
  if (set.is_subset_of(letters)) return SetWeight::Kind::kLetter;
  return (set & (digits | letters)).empty() ? SetWeight::Kind::kSymbol : SetWeight::Kind::kMixed;
}

}  // namespace

bool FactorWalk::same_string(const Item& a, const Item& b) {
  return a.hash == b.hash && a.string.length == b.string.length && a.string.sets == b.string.sets;
}

const SetWeight& SetWeights::of(SetId set) {
  while (weights_.size() <= set) {
    const ByteSet& bytes = terms_.set(static_cast<SetId>(weights_.size()));
    const double size = bytes.size();
    const bool wide = size > 2;
    weights_.push_back(
        {kind_of(bytes), wide, -std::log2(byte_share(bytes)), wide ? size * size * kSpread : 1});
  }
  return weights_[set];
}

FactorWalk::FactorWalk(NextByteCache& next_bytes, SetWeights& weights, TailId start)
    : next_bytes_(next_bytes), weights_(weights) {
  Item item;
  item.string.after = start;
  items_.push_back(item);
}

bool FactorWalk::extend(std::size_t max_strings) {
  std::vector<Item> longer;
  for (Item& item : items_) {
    if (item.ended) {
      longer.push_back(item);
      continue;
    }
    const NextBytes& next = next_bytes_.of(item.string.after);
    if (next.too_many || (next.can_end && item.string.length == 0)) return false;
    if (next.can_end) {
      item.ended = true;
      longer.push_back(item);
      continue;
    }
    for (const NextBytes::Edge& edge : next.edges) {
      Item extended = item;
      extended.hash = mix_hash(item.hash, edge.set + 1);
      extended.string.sets[extended.string.length++] = edge.set;
      extended.string.after = edge.next;
      const bool known = std::any_of(longer.begin(), longer.end(), [&](const Item& other) {
        return other.string.after == edge.next && same_string(other, extended);
      });
      if (known) continue;
      extended.bits += surprise(item.string, edge.set);
      extended.all_wide = item.all_wide && weights_.of(edge.set).wide;
      longer.push_back(extended);
    }
    if (longer.size() > max_strings) return false;
  }
  items_ = std::move(longer);
  work_ += items_.size() * items_.size();
  weigh();
  return !items_.empty();
}

// Text is not random: letters come in words, digits in numbers and dashes in lines, so that the
// next byte is less of a surprise than alone. The factors are rough fits to C headers.
double FactorWalk::surprise(const FactorString& string, SetId next) {
  const SetWeight weight = weights_.of(next);
  if (string.length == 0) return weight.bits;
  const SetId previous_set = string.sets[string.length - 1];
  const SetWeight previous = weights_.of(previous_set);
  // One byte repeated is a rule in symbols, filling in letters: encoded zeros are runs of A.
  const bool third = string.length > 1 && string.sets[string.length - 2] == next;
  const bool run = next == previous_set && (third || weight.kind == SetWeight::Kind::kSymbol);
  if (run && !weight.wide) return weight.bits * 0.15;
  if (weight.kind == SetWeight::Kind::kDigit && previous.kind == weight.kind) {
    return weight.bits * 0.25;
  }
  const bool both_letters = weight.kind == SetWeight::Kind::kLetter && previous.kind == weight.kind;
  if (both_letters || (weight.wide && previous.wide)) return weight.bits * 0.5;
  return weight.bits * 0.7;
}

void FactorWalk::weigh() {
  rate_ = 0;
  size_cost_ = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bool counted =
        std::any_of(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Item& other) { return same_string(other, items_[i]); });
    if (counted) continue;
    const double rate = std::exp2(-items_[i].bits);
    rate_ += items_[i].all_wide ? std::max(rate, kDenseRate) : rate;
    const FactorString& string = items_[i].string;
    for (u32 k = 0; k < string.length; ++k) {
      size_cost_ += kStateWork * weights_.of(string.sets[k]).states;
    }
  }
}

bool FactorWalk::ended() const {
  return std::all_of(items_.begin(), items_.end(), [](const Item& item) { return item.ended; });
}

double FactorWalk::cost() const { return kCandidateWork * rate_ + size_cost_; }

Factor FactorWalk::factor() const {
  Factor factor;
  for (const Item& item : items_) factor.strings.push_back(item.string);
  factor.rate = rate_;
  factor.cost = cost();
  return factor;
}

}  // namespace vyre::scan
