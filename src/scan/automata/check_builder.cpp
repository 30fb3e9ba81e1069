#include "scan/automata/check_builder.hpp"

#include <algorithm>
#include <utility>

#include "scan/automata/alphabet.hpp"
#include "scan/automata/byte_model.hpp"
#include "scan/automata/sequence_numbers.hpp"
#include "scan/automata/sorted.hpp"

namespace vyre::scan {
namespace {

/// Steps spent on one check; past it, texts that lead further accept.
constexpr u64 kMaxWork = u64{1} << 20;
/// A check that accepts this share of bytes at once is not worth running.
constexpr double kUselessShare = 0.9;
/// Subset construction may make so many states for each one that is left after minimisation.
constexpr u32 kRawStates = 4;
/// Looks at one byte that follow each other, as in \b$; past it the byte is taken to be accepted.
constexpr u32 kMaxLooks = 8;

/// Subset construction over tails, breadth first, so that a budget cuts the far end.
class CheckConstruction {
 public:
  CheckConstruction(TailPool& tails, std::span<const TailId> starts, u32 max_states)
      : tails_(tails), alphabet_(tails, starts), max_states_(max_states) {
    representatives_ = alphabet_.classes().representatives();
    targets_.resize(representatives_.size());
    accepts_.resize(representatives_.size());
  }

  Dfa run(std::span<const TailId> starts) {
    Dfa dfa;
    dfa.byte_class = alphabet_.classes().map();
    dfa.class_count = alphabet_.classes().count();
    dfa.transitions.assign(dfa.class_count, kRejectState);
    dfa.transitions.insert(dfa.transitions.end(), dfa.class_count, kAcceptState);
    dfa.start = state_of({starts.begin(), starts.end()});
    for (u32 state = 2; state < std::min(max_states_, states_.count() + 2); ++state) {
      expand(state);
      for (u32 c = 0; c < dfa.class_count; ++c) dfa.transitions.push_back(target(c));
    }
    dfa.labels.assign(dfa.transitions.size() / dfa.class_count, 0);
    dfa.labels[kAcceptState] = 1;
    return dfa;
  }

 private:
  /// The tails with a kBytes or kLook step that are reached from `open` without consuming, in
  /// `reached_`, ascending. True where the end is reached.
  bool close(std::vector<TailId> open) {
    ++stamp_;
    reached_.clear();
    while (!open.empty()) {
      const TailId tail = open.back();
      open.pop_back();
      const TailStep& step = tails_.step(tail);
      if (visited_.size() < tails_.size()) visited_.resize(2 * tails_.size());
      if (std::exchange(visited_[tail], stamp_) == stamp_) continue;
      work_ += 1;
      if (step.kind == StepKind::kAccept) return true;
      if (step.kind == StepKind::kFork) {
        open.insert(open.end(), step.forks.begin(), step.forks.end());
      } else {
        reached_.push_back(tail);
      }
    }
    std::ranges::sort(reached_);
    return false;
  }

  u32 state_of(std::vector<TailId> from) {
    sort_unique(from);
    const u32 kernel = kernels_.number(from);
    if (kernel == kernel_states_.size()) kernel_states_.push_back(closed_state(std::move(from)));
    return kernel_states_[kernel];
  }

  u32 closed_state(std::vector<TailId> from) {
    if (work_ > kMaxWork || close(std::move(from))) return kAcceptState;
    if (reached_.empty()) return kRejectState;
    const u32 state = states_.number(reached_) + 2;
    return state < max_states_ ? state : kAcceptState;
  }

  void expand(u32 state) {
    for (std::vector<TailId>& targets : targets_) targets.clear();
    accepts_.assign(accepts_.size(), false);
    const std::span<const u32> key = states_.key(state - 2);
    const std::vector<TailId> members(key.begin(), key.end());
    for (const TailId tail : members) {
      const TailStep& step = tails_.step(tail);
      if (step.kind == StepKind::kLook) {
        const TailId next = step.next;
        look(next, tails_.terms().set(step.set), 1);
        continue;
      }
      work_ += alphabet_.classes_of(step.set).size();
      for (const u32 c : alphabet_.classes_of(step.set)) targets_[c].push_back(step.next);
    }
  }

  /// The next byte is in `allowed`: what can `tail` do with it?
  void look(TailId tail, const ByteSet& allowed, u32 looks) {
    if (looks > kMaxLooks || work_ > kMaxWork || close({tail})) {
      accept_within(allowed);
      return;
    }
    const std::vector<TailId> members = reached_;
    for (const TailId member : members) {
      const TailStep& step = tails_.step(member);
      const ByteSet both = allowed & tails_.terms().set(step.set);
      const TailId next = step.next;
      if (step.kind == StepKind::kLook) {
        if (!both.empty()) look(next, both, looks + 1);
        continue;
      }
      for (u32 c = 0; c < targets_.size(); ++c) {
        if (both.contains(representatives_[c])) targets_[c].push_back(next);
      }
    }
  }

  void accept_within(const ByteSet& allowed) {
    for (u32 c = 0; c < targets_.size(); ++c) {
      if (allowed.contains(representatives_[c])) accepts_[c] = true;
    }
  }

  u32 target(u32 c) {
    if (accepts_[c]) return kAcceptState;
    return targets_[c].empty() ? kRejectState : state_of(targets_[c]);
  }

  TailPool& tails_;
  Alphabet alphabet_;
  u32 max_states_;
  u64 work_ = 0;
  std::vector<u8> representatives_;
  SequenceNumbers kernels_;
  std::vector<u32> kernel_states_;
  SequenceNumbers states_;
  std::vector<u32> visited_;
  u32 stamp_ = 0;
  std::vector<TailId> reached_;
  std::vector<std::vector<TailId>> targets_;
  std::vector<bool> accepts_;
};

/// The states from `max_states` on become the accepting one.
Dfa cut(Dfa dfa, u32 max_states) {
  if (dfa.state_count() <= max_states) return dfa;
  dfa.labels.resize(max_states);
  dfa.transitions.resize(std::size_t{max_states} * dfa.class_count);
  for (u32& target : dfa.transitions) target = target < max_states ? target : kAcceptState;
  dfa.start = dfa.start < max_states ? dfa.start : kAcceptState;
  return dfa;
}

double share_accepted_at_once(const Dfa& check) {
  ByteSet accepted;
  for (unsigned byte = 0; byte < 256; ++byte) {
    if (check.row(check.start)[check.byte_class[byte]] == kAcceptState) {
      accepted.insert(static_cast<u8>(byte));
    }
  }
  return byte_share(accepted);
}

bool can_reject(const Dfa& check) {
  if (check.start == kRejectState) return true;
  for (u32 state = 2; state < check.state_count(); ++state) {
    if (std::ranges::find(check.row(state), kRejectState) != check.row(state).end()) return true;
  }
  return false;
}

}  // namespace

std::optional<Dfa> build_check(TailPool& tails, std::span<const TailId> starts, u32 max_states) {
  const u32 first[] = {kRejectState, kAcceptState};
  const Dfa built = CheckConstruction(tails, starts, kRawStates * max_states).run(starts);
  Dfa least = minimised(built, first);
  if (least.state_count() > max_states) least = minimised(cut(std::move(least), max_states), first);
  if (least.start == kAcceptState || !can_reject(least) ||
      share_accepted_at_once(least) > kUselessShare) {
    return std::nullopt;
  }
  return least;
}

}  // namespace vyre::scan
