#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "base/checked.hpp"
#include "scan/automata/compile.hpp"
#include "scan/pattern/ast.hpp"
#include "scan/pattern/byte_set.hpp"

namespace vyre::scan {

using SetId = u32;
using TermId = u32;

/// a + b where kUnbounded absorbs.
constexpr u64 add_lengths(u64 a, u64 b) { return base::checked_add(a, b).value_or(kUnbounded); }
/// a * b where kUnbounded absorbs and zero wins.
constexpr u64 multiply_lengths(u64 a, u64 b) {
  return base::checked_multiply(a, b).value_or(kUnbounded);
}

enum class TermKind : u8 {
  kEmpty,
  kBytes,
  /// Consumes nothing; the next byte, if there is one, is in the set.
  kLook,
  kConcat,
  kAlternate,
  kRepeat,
};

/// A piece of a pattern as the automata see it: assertions are gone, or have become a look at the
/// next byte.
struct Term {
  TermKind kind = TermKind::kEmpty;
  /// kBytes, kLook.
  SetId set = 0;
  /// kRepeat: bounds of the count, kNoLimit as in Node.
  u32 min = 0;
  u32 max = 0;
  /// kConcat, kAlternate, kRepeat.
  std::vector<TermId> children;
  u64 min_length = 0;
  u64 max_length = 0;
  /// What its last byte can be, where it is not empty.
  ByteSet last;

  friend bool same_term(const Term& a, const Term& b) {
    return a.kind == b.kind && a.set == b.set && a.min == b.min && a.max == b.max &&
           a.children == b.children;
  }
};

/// Terms and byte sets of many patterns, each kept once: equal pieces have equal identifiers.
class TermPool {
 public:
  TermPool();

  SetId intern(const ByteSet& set);
  TermId intern(Term term);
  TermId bytes(const ByteSet& set) { return leaf(TermKind::kBytes, set); }
  TermId look(const ByteSet& set) { return leaf(TermKind::kLook, set); }
  /// A repeat of something that can be empty becomes a star: the language is as large or larger.
  TermId repeat(TermId child, u32 min, u32 max);
  [[nodiscard]] TermId empty() const { return 0; }

  [[nodiscard]] const Term& operator[](TermId id) const { return terms_[id]; }
  [[nodiscard]] const ByteSet& set(SetId id) const { return sets_[id]; }
  [[nodiscard]] std::size_t set_count() const { return sets_.size(); }
  [[nodiscard]] std::size_t size() const { return terms_.size(); }

  /// The tree as a term whose language includes the tree's. `line` is the kLine dialect.
  TermId lower(const Ast& ast, bool line);

 private:
  TermId leaf(TermKind kind, const ByteSet& set);
  TermId lower_node(const Ast& ast, NodeId node, bool line);
  TermId lower_concat(const Ast& ast, const Node& node, bool line);
  TermId lower_assertion(Assertion assertion, const ByteSet& previous, bool line);
  void measure(Term& term) const;

  std::vector<ByteSet> sets_;
  std::vector<Term> terms_;
  std::unordered_multimap<u64, SetId> set_index_;
  std::unordered_multimap<u64, TermId> term_index_;
};

}  // namespace vyre::scan
