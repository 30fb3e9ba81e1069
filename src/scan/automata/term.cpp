#include "scan/automata/term.hpp"

#include <algorithm>

#include "scan/automata/hash.hpp"
#include "scan/pattern/named_classes.hpp"

namespace vyre::scan {
namespace {

u64 hash_term(const Term& term) {
  u64 hash = mix_hash(static_cast<u64>(term.kind), term.set);
  hash = mix_hash(hash, u64{term.min} << 32 | term.max);
  for (const TermId child : term.children) hash = mix_hash(hash, child);
  return hash;
}

}  // namespace

TermPool::TermPool() { intern(Term{}); }

SetId TermPool::intern(const ByteSet& set) {
  const u64 hash = set.hash();
  const auto [first, last] = set_index_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (sets_[it->second] == set) return it->second;
  }
  sets_.push_back(set);
  const SetId id = static_cast<SetId>(sets_.size() - 1);
  set_index_.emplace(hash, id);
  return id;
}

TermId TermPool::intern(Term term) {
  const u64 hash = hash_term(term);
  const auto [first, last] = term_index_.equal_range(hash);
  for (auto it = first; it != last; ++it) {
    if (same_term(terms_[it->second], term)) return it->second;
  }
  measure(term);
  terms_.push_back(std::move(term));
  const TermId id = static_cast<TermId>(terms_.size() - 1);
  term_index_.emplace(hash, id);
  return id;
}

TermId TermPool::leaf(TermKind kind, const ByteSet& set) {
  Term term;
  term.kind = kind;
  term.set = intern(set);
  return intern(std::move(term));
}

TermId TermPool::repeat(TermId child, u32 min, u32 max) {
  if (max == 0) return empty();
  if (min == 1 && max == 1) return child;
  Term term;
  term.kind = TermKind::kRepeat;
  const bool nullable = terms_[child].min_length == 0;
  term.min = nullable ? 0 : min;
  term.max = nullable ? kNoLimit : max;
  term.children = {child};
  return intern(std::move(term));
}

void TermPool::measure(Term& term) const {
  switch (term.kind) {
    case TermKind::kEmpty:
    case TermKind::kLook:
      return;
    case TermKind::kBytes:
      term.min_length = 1;
      term.max_length = 1;
      term.last = sets_[term.set];
      return;
    case TermKind::kConcat:
      for (const TermId id : term.children) {
        const Term& child = terms_[id];
        term.min_length = add_lengths(term.min_length, child.min_length);
        term.max_length = add_lengths(term.max_length, child.max_length);
        term.last = child.min_length > 0 ? child.last : term.last | child.last;
      }
      return;
    case TermKind::kAlternate:
      term.min_length = kUnbounded;
      for (const TermId id : term.children) {
        const Term& child = terms_[id];
        term.min_length = std::min(term.min_length, child.min_length);
        term.max_length = std::max(term.max_length, child.max_length);
        term.last = term.last | child.last;
      }
      return;
    case TermKind::kRepeat: {
      const Term& child = terms_[term.children.front()];
      term.min_length = multiply_lengths(child.min_length, term.min);
      term.max_length =
          multiply_lengths(child.max_length, term.max == kNoLimit ? kUnbounded : u64{term.max});
      term.last = child.last;
      return;
    }
  }
}

TermId TermPool::lower(const Ast& ast, bool line) { return lower_node(ast, ast.root(), line); }

TermId TermPool::lower_node(const Ast& ast, NodeId id, bool line) {
  const Node& node = ast[id];
  switch (node.kind) {
    case NodeKind::kEmpty:
      return empty();
    case NodeKind::kBytes:
      return bytes(node.bytes);
    case NodeKind::kAssertion:
      return lower_assertion(node.assertion, ByteSet::all(), line);
    case NodeKind::kConcat:
      return lower_concat(ast, node, line);
    case NodeKind::kAlternate: {
      Term term;
      term.kind = TermKind::kAlternate;
      for (const NodeId child : node.children) {
        term.children.push_back(lower_node(ast, child, line));
      }
      return intern(std::move(term));
    }
    case NodeKind::kRepeat:
      return repeat(lower_node(ast, node.children.front(), line), node.min, node.max);
  }
  return empty();
}

TermId TermPool::lower_concat(const Ast& ast, const Node& node, bool line) {
  Term term;
  term.kind = TermKind::kConcat;
  ByteSet previous = ByteSet::all();
  for (const NodeId child : node.children) {
    const TermId lowered = ast[child].kind == NodeKind::kAssertion
                               ? lower_assertion(ast[child].assertion, previous, line)
                               : lower_node(ast, child, line);
    const Term& piece = terms_[lowered];
    if (piece.kind == TermKind::kEmpty) continue;
    if (piece.min_length > 0) previous = piece.last;
    if (piece.min_length == 0) previous = previous | piece.last;
    if (piece.kind == TermKind::kConcat) {
      const std::vector<TermId> inner = piece.children;
      term.children.insert(term.children.end(), inner.begin(), inner.end());
    } else {
      term.children.push_back(lowered);
    }
  }
  if (term.children.empty()) return empty();
  if (term.children.size() == 1) return term.children.front();
  return intern(std::move(term));
}

// `previous` is what the byte before can be; all bytes where it is unknown. The byte after the text
// is a zero, or there is none and every look succeeds.
TermId TermPool::lower_assertion(Assertion assertion, const ByteSet& previous, bool line) {
  const ByteSet word = word_bytes();
  switch (assertion) {
    case Assertion::kTextEnd:
    case Assertion::kLineEnd: {
      ByteSet end = ByteSet::of(0);
      if (line || assertion == Assertion::kLineEnd) end.insert('\n');
      return look(end);
    }
    case Assertion::kWordBoundary:
    case Assertion::kNotWordBoundary: {
      const bool after_word = previous.is_subset_of(word);
      if (!after_word && !(previous & word).empty()) return empty();
      const bool next_is_word = after_word != (assertion == Assertion::kWordBoundary);
      return look(next_is_word ? word : ~word);
    }
    case Assertion::kTextBegin:
    case Assertion::kLineBegin:
      return empty();
  }
  return empty();
}

}  // namespace vyre::scan
