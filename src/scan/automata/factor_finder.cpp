#include "scan/automata/factor_finder.hpp"

#include <algorithm>
#include <limits>

namespace vyre::scan {
namespace {

/// Comparisons spent on one pattern; past it the best so far is taken.
constexpr u64 kMaxWork = u64{1} << 22;
/// Strings of one factor where an alternation lists them.
constexpr std::size_t kMaxListedStrings = 4096;

/// Replaces `best` where `other` is cheaper; returns the cost to beat from then on.
double keep_cheaper(std::optional<Factor>& best, std::optional<Factor> other, double bound) {
  if (other && other->cost < bound) {
    bound = other->cost;
    best = std::move(other);
  }
  return bound;
}

}  // namespace

u32 Factor::longest() const {
  u32 length = 0;
  for (const FactorString& string : strings) length = std::max(length, string.length);
  return length;
}

FactorFinder::FactorFinder(TailPool& tails, const CompileBudget& budget)
    : tails_(tails),
      max_strings_(budget.factor_strings),
      next_bytes_(tails, budget.factor_strings),
      weights_(tails.terms()) {}

std::optional<Factor> FactorFinder::find(TermId pattern, u32 max_length) {
  work_left_ = kMaxWork;
  max_length_ = max_length;
  return visit(pattern, {0, kEndTail, std::numeric_limits<double>::infinity()});
}

std::optional<Factor> FactorFinder::visit(TermId term, const Place& place) {
  switch (tails_.terms()[term].kind) {
    case TermKind::kEmpty:
    case TermKind::kLook:
      return std::nullopt;
    case TermKind::kBytes:
      return walk(term, place);
    case TermKind::kConcat:
      return visit_concat(term, place);
    case TermKind::kAlternate:
      return visit_alternate(term, place);
    case TermKind::kRepeat:
      return visit_repeat(term, place);
  }
  return std::nullopt;
}

std::optional<Factor> FactorFinder::visit_concat(TermId concat, const Place& place) {
  const std::vector<TermId> children = tails_.terms()[concat].children;
  std::vector<TailId> after(children.size());
  TailId rest = place.rest;
  for (std::size_t i = children.size(); i-- > 0;) {
    after[i] = rest;
    rest = tails_.prepend(children[i], rest);
  }
  std::optional<Factor> best;
  u64 left = place.left;
  double bound = place.bound;
  for (std::size_t i = 0; i < children.size(); ++i) {
    bound = keep_cheaper(best, visit(children[i], {left, after[i], bound}), bound);
    left = add_lengths(left, tails_.terms()[children[i]].max_length);
  }
  return best;
}

std::optional<Factor> FactorFinder::visit_alternate(TermId alternate, const Place& place) {
  const std::vector<TermId> children = tails_.terms()[alternate].children;
  Factor all;
  for (const TermId child : children) {
    std::optional<Factor> branch = visit(child, {place.left, place.rest, place.bound - all.cost});
    if (!branch || all.strings.size() + branch->strings.size() > kMaxListedStrings) {
      return std::nullopt;
    }
    all.strings.insert(all.strings.end(), branch->strings.begin(), branch->strings.end());
    all.left_max = std::max(all.left_max, branch->left_max);
    all.right_max = std::max(all.right_max, branch->right_max);
    all.rate += branch->rate;
    all.cost += branch->cost;
  }
  return all;
}

std::optional<Factor> FactorFinder::visit_repeat(TermId repeat, const Place& place) {
  const TermId child = tails_.terms()[repeat].children.front();
  const u32 min = tails_.terms()[repeat].min;
  const u32 max = tails_.terms()[repeat].max;
  if (min == 0) return std::nullopt;
  if (tails_.terms()[child].kind != TermKind::kBytes) {
    const TermId again = tails_.terms().repeat(child, min - 1, max == kNoLimit ? max : max - 1);
    return visit(child, {place.left, tails_.prepend(again, place.rest), place.bound});
  }
  std::optional<Factor> best;
  double bound = keep_cheaper(best, walk(repeat, place), place.bound);
  // Every match also passes the places where this many of the repeated bytes are left.
  for (const u32 last : {1u, 2u, 3u, 4u, 6u, 8u}) {
    if (last >= min) break;
    const u64 skipped = max == kNoLimit ? kUnbounded : u64{max} - last;
    const TermId end = tails_.terms().repeat(child, last, last);
    const Place later{add_lengths(place.left, skipped), place.rest, bound};
    bound = keep_cheaper(best, walk(end, later), bound);
  }
  return best;
}

std::optional<Factor> FactorFinder::walk(TermId term, const Place& place) {
  if (work_left_ == 0) return std::nullopt;
  FactorWalk frontier(next_bytes_, weights_, tails_.prepend(term, place.rest));
  std::optional<Factor> best;
  double bound = place.bound;
  for (u32 length = 1; length <= max_length_ && frontier.extend(max_strings_); ++length) {
    if (frontier.size_cost() >= bound) break;
    if (frontier.cost() < bound) {
      best = frontier.factor();
      bound = best->cost;
    }
    if (frontier.ended()) break;
  }
  work_left_ -= std::min(work_left_, frontier.work() + 1);
  if (!best) return std::nullopt;
  best->left_max = place.left;
  for (const FactorString& string : best->strings) {
    best->right_max = std::max(best->right_max, tails_.max_length(string.after));
  }
  return best;
}

}  // namespace vyre::scan
