#include "scan/automata/factor_walk.hpp"

#include <algorithm>
#include <cmath>

#include "scan/automata/byte_model.hpp"
#include "scan/automata/hash.hpp"

namespace vyre::scan {
namespace {

/// Text is not random: after a byte the next one is less of a surprise than alone. Exponent of a
/// later byte's share; 1 would be independence.
constexpr double kSurprise = 0.7;
/// Work per candidate, in bytes scanned: a check runs about this far.
constexpr double kCandidateWork = 50;
/// Work per byte of text that a state more in the find automaton costs, by cache misses.
constexpr double kStateWork = 1e-6;
/// A set of s bytes in a row with others' strings multiplies their states: s * s / kSpread of them.
constexpr double kSpread = 12;

}  // namespace

bool FactorWalk::same_string(const Item& a, const Item& b) {
  return a.hash == b.hash && a.string.length == b.string.length && a.string.sets == b.string.sets;
}

const SetWeight& SetWeights::of(SetId set) {
  while (weights_.size() <= set) {
    const ByteSet& bytes = terms_.set(static_cast<SetId>(weights_.size()));
    const double size = bytes.size();
    weights_.push_back({byte_share(bytes), size <= 2 ? 1.0 : 1.0 + size * size / kSpread});
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
      const double share = weights_.of(edge.set).share;
      extended.rate *= extended.string.length == 1 ? share : std::pow(share, kSurprise);
      longer.push_back(extended);
    }
    if (longer.size() > max_strings) return false;
  }
  items_ = std::move(longer);
  work_ += items_.size() * items_.size();
  weigh();
  return !items_.empty();
}

void FactorWalk::weigh() {
  rate_ = 0;
  size_cost_ = 0;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    const bool counted =
        std::any_of(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(i),
                    [&](const Item& other) { return same_string(other, items_[i]); });
    if (counted) continue;
    rate_ += items_[i].rate;
    const FactorString& string = items_[i].string;
    for (u32 k = 0; k < string.length; ++k) {
      size_cost_ += kStateWork * weights_.of(string.sets[k]).size;
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
