#include "backend/cpu/start_triples.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <unordered_map>

namespace vyre::backend {
namespace {

double pass_rate(const TripleBucket& bucket) {
  double rate = 1;
  for (const NibbleSet set : bucket.sets) rate *= expected_share(set);
  return rate;
}

NibbleSet nibbles_of(const ByteSet& bytes) {
  NibbleSet set;
  for (std::size_t byte = 0; byte < 256; ++byte) {
    if (bytes[byte]) set.add(static_cast<u8>(byte));
  }
  return set;
}

/// Some of the triples that matter, exactly.
struct ExactTriples {
  std::array<ByteSet, 3> sets;
};

/// The triples as products of byte sets, one for each first class and group of second classes
/// that need the same thirds.
class TripleFinder {
 public:
  explicit TripleFinder(const kernel::AutomatonView& automaton) : automaton_(automaton) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      members_[automaton.classes[byte]].set(byte);
      used_.set(automaton.classes[byte]);
    }
  }

  [[nodiscard]] std::vector<ExactTriples> find() const {
    std::vector<ExactTriples> found;
    for (u32 first = 0; first < 256; ++first) {
      if (!used_[first] || (step(0, first) == 0 && !accepts(0))) continue;
      std::unordered_map<ByteSet, std::size_t> by_thirds;
      for (u32 second = 0; second < 256; ++second) {
        if (!used_[second]) continue;
        const ByteSet thirds = thirds_that_matter(first, second);
        if (thirds.none()) continue;
        const auto [entry, added] = by_thirds.try_emplace(thirds, found.size());
        if (added) found.push_back({{members_[first], ByteSet(), thirds}});
        found[entry->second].sets[1] |= members_[second];
      }
    }
    return found;
  }

 private:
  [[nodiscard]] u32 step(u32 state, u32 byte_class) const {
    return automaton_.transitions[(state << automaton_.class_bits) | byte_class];
  }
  [[nodiscard]] bool accepts(u32 state) const { return state >= automaton_.first_accept; }

  [[nodiscard]] ByteSet thirds_that_matter(u32 first, u32 second) const {
    const u32 after_first = step(0, first);
    const u32 both = step(after_first, second);
    const u32 alone = step(0, second);
    const bool same_reports = both == alone || (!accepts(both) && !accepts(alone));
    if (accepts(after_first) || !same_reports) return ByteSet().set();
    ByteSet thirds;
    for (u32 third = 0; third < 256 && both != alone; ++third) {
      if (used_[third] && step(both, third) != step(alone, third)) thirds |= members_[third];
    }
    return thirds;
  }

  const kernel::AutomatonView& automaton_;
  std::array<ByteSet, 256> members_;
  ByteSet used_;
};

/// Merges, without loss, what is alike in all positions but one.
void merge_alike(std::vector<ExactTriples>& triples, std::size_t position) {
  std::unordered_map<std::string, std::size_t> known;
  std::vector<ExactTriples> kept;
  for (const ExactTriples& item : triples) {
    std::string key;
    for (std::size_t i = 0; i < item.sets.size(); ++i) {
      if (i != position) key += item.sets[i].to_string();
    }
    const auto [entry, added] = known.try_emplace(key, kept.size());
    if (added) {
      kept.push_back(item);
    } else {
      kept[entry->second].sets[position] |= item.sets[position];
    }
  }
  triples.swap(kept);
}

TripleBucket merged(const TripleBucket& a, const TripleBucket& b) {
  TripleBucket out;
  for (std::size_t i = 0; i < out.sets.size(); ++i) out.sets[i] = a.sets[i] | b.sets[i];
  return out;
}

/// As many as can be compared with each other in the time that a load may take.
constexpr std::size_t kMaxPairwise = 256;

/// Joins neighbours, which share their first byte, until kMaxPairwise are left.
std::vector<TripleBucket> merge_neighbours(const std::vector<ExactTriples>& triples) {
  const std::size_t group =
      std::max<std::size_t>((triples.size() + kMaxPairwise - 1) / kMaxPairwise, 1);
  std::vector<TripleBucket> buckets;
  for (std::size_t i = 0; i < triples.size(); ++i) {
    const auto& sets = triples[i].sets;
    const TripleBucket bucket{{nibbles_of(sets[0]), nibbles_of(sets[1]), nibbles_of(sets[2])}};
    if (i % group == 0) {
      buckets.push_back(bucket);
    } else {
      buckets.back() = merged(buckets.back(), bucket);
    }
  }
  return buckets;
}

/// Merges, again and again, the pair that lets the fewest new triples pass.
class CheapestMerger {
 public:
  explicit CheapestMerger(std::vector<TripleBucket> buckets)
      : buckets_(std::move(buckets)), best_(buckets_.size()) {
    for (const TripleBucket& bucket : buckets_) rates_.push_back(pass_rate(bucket));
    for (std::size_t a = 1; a < buckets_.size(); ++a) find_partner(a);
  }

  std::vector<TripleBucket> run() {
    while (buckets_.size() > kTripleBuckets) merge_one();
    return std::move(buckets_);
  }

 private:
  /// The bucket before this one that it would best be merged with.
  struct Partner {
    std::size_t index = 0;
    double cost = std::numeric_limits<double>::infinity();
  };

  [[nodiscard]] double cost(std::size_t a, std::size_t b) const {
    return pass_rate(merged(buckets_[a], buckets_[b])) - rates_[a] - rates_[b];
  }

  void consider(std::size_t a, std::size_t b) {
    const double value = cost(a, b);
    if (value < best_[a].cost) best_[a] = {b, value};
  }

  void find_partner(std::size_t a) {
    best_[a] = {};
    for (std::size_t b = 0; b < a; ++b) consider(a, b);
  }

  void merge_one() {
    const auto cheapest =
        std::min_element(best_.begin(), best_.end(),
                         [](const Partner& x, const Partner& y) { return x.cost < y.cost; });
    const auto gone = static_cast<std::size_t>(cheapest - best_.begin());
    const std::size_t kept = cheapest->index;
    buckets_[kept] = merged(buckets_[gone], buckets_[kept]);
    rates_[kept] = pass_rate(buckets_[kept]);
    const auto distance = static_cast<std::ptrdiff_t>(gone);
    buckets_.erase(buckets_.begin() + distance);
    rates_.erase(rates_.begin() + distance);
    best_.erase(best_.begin() + distance);
    find_partner(kept);
    for (std::size_t i = kept + 1; i < buckets_.size(); ++i) {
      if (best_[i].index == kept || best_[i].index == gone) {
        find_partner(i);
      } else {
        if (best_[i].index > gone) --best_[i].index;
        consider(i, kept);
      }
    }
  }

  std::vector<TripleBucket> buckets_;
  std::vector<double> rates_;
  std::vector<Partner> best_;
};

}  // namespace

StartTriples find_start_triples(const kernel::AutomatonView& automaton) {
  std::vector<ExactTriples> exact = TripleFinder(automaton).find();
  merge_alike(exact, 0);
  merge_alike(exact, 1);
  StartTriples triples{CheapestMerger(merge_neighbours(exact)).run(), 0};
  for (const TripleBucket& bucket : triples.buckets) triples.pass_rate += pass_rate(bucket);
  triples.pass_rate = std::min(triples.pass_rate, 1.0);
  return triples;
}

}  // namespace vyre::backend
