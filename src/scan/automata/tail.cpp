#include "scan/automata/tail.hpp"

namespace vyre::scan {

TailPool::TailPool(TermPool& terms) : terms_(terms) {
  tails_.push_back({terms.empty(), kEndTail, 0, true, {}});
}

TailId TailPool::prepend(TermId term, TailId rest) {
  if (terms_[term].kind == TermKind::kEmpty) return rest;
  const auto [place, inserted] =
      index_.try_emplace(u64{term} << 32 | rest, static_cast<TailId>(tails_.size()));
  if (inserted) {
    tails_.push_back(
        {term, rest, add_lengths(terms_[term].max_length, tails_[rest].max_length), false, {}});
  }
  return place->second;
}

const TailStep& TailPool::step(TailId tail) {
  if (!tails_[tail].stepped) {
    TailStep step = make_step(tail);
    tails_[tail].step = std::move(step);
    tails_[tail].stepped = true;
  }
  return tails_[tail].step;
}

TailStep TailPool::make_step(TailId tail) {
  const TermId term = tails_[tail].term;
  const TailId rest = tails_[tail].rest;
  const std::vector<TermId> children = terms_[term].children;
  switch (terms_[term].kind) {
    case TermKind::kEmpty:
      break;
    case TermKind::kBytes:
      return {StepKind::kBytes, terms_[term].set, rest, {}};
    case TermKind::kLook:
      return {StepKind::kLook, terms_[term].set, rest, {}};
    case TermKind::kConcat: {
      TailId next = rest;
      for (std::size_t i = children.size(); i-- > 0;) next = prepend(children[i], next);
      return {StepKind::kFork, 0, 0, {next}};
    }
    case TermKind::kAlternate: {
      TailStep step{StepKind::kFork, 0, 0, {}};
      for (const TermId child : children) step.forks.push_back(prepend(child, rest));
      return step;
    }
    case TermKind::kRepeat:
      return make_repeat_step(term, rest);
  }
  return {StepKind::kFork, 0, 0, {rest}};
}

TailStep TailPool::make_repeat_step(TermId repeat, TailId rest) {
  const TermId child = terms_[repeat].children.front();
  const u32 min = terms_[repeat].min;
  const u32 max = terms_[repeat].max;
  const TermId again =
      terms_.repeat(child, min > 0 ? min - 1 : 0, max == kNoLimit ? kNoLimit : max - 1);
  TailStep step{StepKind::kFork, 0, 0, {prepend(child, prepend(again, rest))}};
  if (min == 0) step.forks.push_back(rest);
  return step;
}

}  // namespace vyre::scan
