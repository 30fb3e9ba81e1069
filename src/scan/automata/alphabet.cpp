#include "scan/automata/alphabet.hpp"

namespace vyre::scan {

Alphabet::Alphabet(const TailPool& tails, std::span<const TailId> starts)
    : terms_(tails.terms()), refined_(terms_.set_count()), classes_of_(terms_.set_count()) {
  std::vector<bool> seen_terms(terms_.size());
  std::vector<bool> seen_tails(tails.size());
  for (TailId tail : starts) {
    for (; tail != kEndTail && !seen_tails[tail]; tail = tails.rest(tail)) {
      seen_tails[tail] = true;
      collect(terms_, tails.term(tail), seen_terms);
    }
  }
}

void Alphabet::collect(const TermPool& terms, TermId id, std::vector<bool>& seen) {
  if (seen[id]) return;
  seen[id] = true;
  const Term& term = terms[id];
  for (const TermId child : term.children) collect(terms, child, seen);
  const bool has_set = term.kind == TermKind::kBytes || term.kind == TermKind::kLook;
  if (!has_set || refined_[term.set]) return;
  refined_[term.set] = true;
  classes_.refine(terms.set(term.set));
}

const std::vector<u32>& Alphabet::classes_of(SetId set) {
  if (classes_of_[set].empty()) classes_of_[set] = classes_.of(terms_.set(set));
  return classes_of_[set];
}

}  // namespace vyre::scan
