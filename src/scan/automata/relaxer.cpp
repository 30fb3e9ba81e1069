#include "scan/automata/relaxer.hpp"

#include <vector>

namespace vyre::scan {
namespace {

/// Optional repetitions that are still counted.
constexpr u32 kCountedRepeats = 8;

}  // namespace

TailId Relaxer::relax(TailId tail) {
  std::vector<TermId> terms;
  for (; tail != kEndTail; tail = tails_.rest(tail)) terms.push_back(tails_.term(tail));
  TailId relaxed = kEndTail;
  for (std::size_t i = terms.size(); i-- > 0;) {
    relaxed = tails_.prepend(relax_term(terms[i]), relaxed);
  }
  return relaxed;
}

TermId Relaxer::relax_term(TermId id) {
  if (const auto known = relaxed_.find(id); known != relaxed_.end()) return known->second;
  TermPool& pool = tails_.terms();
  Term term = pool[id];
  for (TermId& child : term.children) child = relax_term(child);
  TermId relaxed = id;
  if (term.kind == TermKind::kRepeat) {
    const bool counted = term.max == kNoLimit || term.max - term.min <= kCountedRepeats;
    relaxed = pool.repeat(term.children.front(), term.min, counted ? term.max : kNoLimit);
  } else if (!term.children.empty()) {
    Term rebuilt;
    rebuilt.kind = term.kind;
    rebuilt.children = std::move(term.children);
    relaxed = pool.intern(std::move(rebuilt));
  }
  relaxed_.emplace(id, relaxed);
  return relaxed;
}

}  // namespace vyre::scan
