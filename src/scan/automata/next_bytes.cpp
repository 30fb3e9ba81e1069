#include "scan/automata/next_bytes.hpp"

#include <utility>

namespace vyre::scan {

const NextBytes& NextByteCache::of(TailId tail) {
  if (tail >= cache_.size()) cache_.resize(2 * tails_.size());
  if (!cache_[tail]) {
    cache_[tail] = std::make_unique<NextBytes>();
    collect(tail, *cache_[tail]);
  }
  return *cache_[tail];
}

void NextByteCache::collect(TailId tail, NextBytes& out) {
  ++stamp_;
  std::vector<TailId> open = {tail};
  while (!open.empty()) {
    const TailId current = open.back();
    open.pop_back();
    const TailStep& step = tails_.step(current);
    if (visited_.size() < tails_.size()) visited_.resize(2 * tails_.size());
    if (std::exchange(visited_[current], stamp_) == stamp_) continue;
    switch (step.kind) {
      case StepKind::kAccept:
        out.can_end = true;
        break;
      case StepKind::kBytes:
        if (!tails_.terms().set(step.set).empty()) out.edges.push_back({step.set, step.next});
        break;
      case StepKind::kLook:
        open.push_back(step.next);
        break;
      case StepKind::kFork:
        open.insert(open.end(), step.forks.rbegin(), step.forks.rend());
        break;
    }
    if (out.edges.size() > max_edges_) {
      out.too_many = true;
      return;
    }
  }
}

}  // namespace vyre::scan
