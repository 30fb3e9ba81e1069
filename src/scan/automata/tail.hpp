#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "scan/automata/term.hpp"

namespace vyre::scan {

using TailId = u32;
/// Nothing is left: the pattern has matched.
inline constexpr TailId kEndTail = 0;

/// What the first step from a tail can be.
enum class StepKind : u8 {
  kAccept,  ///< Nothing is left.
  kBytes,   ///< Consumes one byte of `set`, then `next`.
  kLook,    ///< `next`, where the next byte is in `set`.
  kFork,    ///< One of `forks`, without consuming.
};

struct TailStep {
  StepKind kind = StepKind::kAccept;
  SetId set = 0;
  TailId next = 0;
  std::vector<TailId> forks;
};

/// Tails: what is left of a pattern after some point, as linked lists of terms, each kept once.
/// They are the states of a nondeterministic automaton that is built as far as it is walked, so
/// that counted repeats cost what is used of them.
class TailPool {
 public:
  explicit TailPool(TermPool& terms);

  /// `term`, then `rest`.
  TailId prepend(TermId term, TailId rest);
  /// The greatest number of bytes that the tail matches; or kUnbounded.
  [[nodiscard]] u64 max_length(TailId tail) const { return tails_[tail].max_length; }
  /// The first step. The reference lives until the next call of `step` or `prepend`.
  const TailStep& step(TailId tail);

  [[nodiscard]] TermId term(TailId tail) const { return tails_[tail].term; }
  [[nodiscard]] TailId rest(TailId tail) const { return tails_[tail].rest; }
  [[nodiscard]] TermPool& terms() { return terms_; }
  [[nodiscard]] const TermPool& terms() const { return terms_; }
  [[nodiscard]] std::size_t size() const { return tails_.size(); }

 private:
  struct Tail {
    TermId term;
    TailId rest;
    u64 max_length;
    bool stepped;
    TailStep step;
  };
  TailStep make_step(TailId tail);
  TailStep make_repeat_step(TermId repeat, TailId rest);

  TermPool& terms_;
  std::vector<Tail> tails_;
  std::unordered_map<u64, TailId> index_;
};

}  // namespace vyre::scan
