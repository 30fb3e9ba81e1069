#pragma once

#include <vector>

#include "scan/automata/factor.hpp"
#include "scan/automata/next_bytes.hpp"

namespace vyre::scan {

/// What a byte set contributes to a factor's cost.
struct SetWeight {
  enum class Kind : u8 { kLetter, kDigit, kSymbol, kMixed } kind;
  /// Three bytes or more: their runs are dense in some data, and multiply the automaton's states.
  bool wide;
  /// -log2 of its share of text.
  double bits;
  /// States that it is expected to add.
  double states;
};

/// Computes each set's weight once.
class SetWeights {
 public:
  explicit SetWeights(const TermPool& terms) : terms_(terms) {}
  const SetWeight& of(SetId set);

 private:
  const TermPool& terms_;
  std::vector<SetWeight> weights_;
};

/// The strings that a pattern can go on with from one place, byte by byte.
class FactorWalk {
 public:
  FactorWalk(NextByteCache& next_bytes, SetWeights& weights, TailId start);

  /// Makes every string one byte longer, but for those where the pattern can be over. False, and
  /// no longer usable, where that makes more than `max_strings` or the pattern can be over at once.
  bool extend(std::size_t max_strings);
  /// No string can be made longer.
  [[nodiscard]] bool ended() const;
  /// The part of the cost that further bytes cannot lower.
  [[nodiscard]] double size_cost() const { return size_cost_; }
  /// The strings as a factor, with its rate and cost; the distances are the caller's.
  [[nodiscard]] Factor factor() const;
  [[nodiscard]] double cost() const;
  /// Comparisons made so far, to bound a search over many walks.
  [[nodiscard]] u64 work() const { return work_; }

 private:
  struct Item {
    FactorString string;
    u64 hash = 0;
    double bits = 0;
    bool all_wide = true;
    bool ended = false;
  };
  static bool same_string(const Item& a, const Item& b);
  [[nodiscard]] double surprise(const FactorString& string, SetId next);
  void weigh();

  NextByteCache& next_bytes_;
  SetWeights& weights_;
  std::vector<Item> items_;
  u64 work_ = 0;
  double rate_ = 1;
  double size_cost_ = 0;
};

}  // namespace vyre::scan
