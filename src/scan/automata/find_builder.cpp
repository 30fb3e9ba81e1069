#include "scan/automata/find_builder.hpp"

#include <algorithm>
#include <bit>

#include "scan/automata/byte_classes.hpp"
#include "scan/automata/sequence_numbers.hpp"
#include "scan/automata/sorted.hpp"

namespace vyre::scan {
namespace {

/// Subset construction over the nodes of a trie. A state is the set of nodes whose strings end at
/// the current byte; the root is in every one and is left out.
class FindConstruction {
 public:
  FindConstruction(const TermPool& terms, const FactorTrie& trie) : trie_(trie) {
    std::vector<bool> refined(terms.set_count());
    for (u32 node = 0; node < trie.size(); ++node) {
      for (const FactorTrie::Edge& edge : trie[node].edges) {
        if (!refined[edge.set]) classes_.refine(terms.set(edge.set));
        refined[edge.set] = true;
      }
    }
    classes_of_.resize(terms.set_count());
    for (SetId set = 0; set < terms.set_count(); ++set) {
      if (refined[set]) classes_of_[set] = classes_.of(terms.set(set));
    }
    targets_.resize(classes_.count());
  }

  [[nodiscard]] u32 class_count() const { return classes_.count(); }

  /// The automaton; nothing where it has more than `max_states` states.
  std::optional<Dfa> run(std::size_t max_states) {
    Dfa dfa;
    dfa.byte_class = classes_.map();
    dfa.class_count = classes_.count();
    states_.number({});
    for (const FactorTrie::Edge& edge : trie_[0].edges) add(edge);
    from_root_ = targets_;
    for (u32 c = 0; c < dfa.class_count; ++c) {
      std::ranges::sort(targets_[c]);
      dfa.transitions.push_back(states_.number(targets_[c]));
      targets_[c].clear();
    }
    for (u32 state = 1; state < states_.count(); ++state) {
      if (states_.count() > max_states) return std::nullopt;
      expand(state, dfa);
    }
    for (u32 state = 0; state < states_.count(); ++state) dfa.labels.push_back(label(state));
    return dfa;
  }

  [[nodiscard]] std::vector<u32> patterns(u32 label) const {
    const std::span<const u32> key = labels_.key(label);
    return {key.begin(), key.end()};
  }

 private:
  void add(const FactorTrie::Edge& edge) {
    for (const u32 c : classes_of_[edge.set]) {
      if (targets_[c].empty()) touched_.push_back(c);
      targets_[c].push_back(edge.child);
    }
  }

  void expand(u32 state, Dfa& dfa) {
    const std::span<const u32> key = states_.key(state);
    members_.assign(key.begin(), key.end());
    touched_.clear();
    for (const u32 node : members_) {
      for (const FactorTrie::Edge& edge : trie_[node].edges) add(edge);
    }
    // Where no string goes on, only the root's begin again: as from the start.
    const std::size_t row = dfa.transitions.size();
    for (u32 c = 0; c < dfa.class_count; ++c) dfa.transitions.push_back(dfa.transitions[c]);
    for (const u32 c : touched_) {
      std::vector<u32>& targets = targets_[c];
      targets.insert(targets.end(), from_root_[c].begin(), from_root_[c].end());
      std::ranges::sort(targets);
      dfa.transitions[row + c] = states_.number(targets);
      targets.clear();
    }
  }

  u32 label(u32 state) {
    std::vector<u32> patterns;
    for (const u32 node : states_.key(state)) {
      patterns.insert(patterns.end(), trie_[node].patterns.begin(), trie_[node].patterns.end());
    }
    sort_unique(patterns);
    return labels_.number(patterns);
  }

  const FactorTrie& trie_;
  ByteClasses classes_;
  std::vector<std::vector<u32>> classes_of_;
  SequenceNumbers states_;
  SequenceNumbers labels_;
  std::vector<std::vector<u32>> from_root_;
  std::vector<std::vector<u32>> targets_;
  std::vector<u32> touched_;
  std::vector<u32> members_;
};

}  // namespace

std::optional<FindAutomaton> build_find(const TermPool& terms, std::span<const FactorEntry> entries,
                                        u32 max_states, std::size_t max_bytes) {
  const FactorTrie trie(entries);
  FindConstruction construction(terms, trie);
  const std::size_t row_bytes = std::bit_ceil(construction.class_count()) * sizeof(u16);
  const std::size_t limit = std::min<std::size_t>(max_states, max_bytes / row_bytes);
  // Minimisation about halves what strings of sets blow up. Each node is in some state, so a trie
  // that is too large need not be tried.
  const std::size_t raw_limit = 2 * limit;
  if (trie.size() > raw_limit) return std::nullopt;
  const std::optional<Dfa> built = construction.run(raw_limit);
  if (!built) return std::nullopt;
  const Dfa least = minimised(*built, {});
  if (least.state_count() > limit) return std::nullopt;

  FindAutomaton find;
  find.window = trie.depth();
  std::vector<u32> order;
  const auto append = [&](bool accepting) {
    for (u32 state = 0; state < least.state_count(); ++state) {
      if (construction.patterns(least.labels[state]).empty() == accepting) continue;
      order.push_back(state);
      if (accepting) find.patterns.push_back(construction.patterns(least.labels[state]));
    }
  };
  append(false);
  find.first_accept = static_cast<u32>(order.size());
  append(true);
  find.dfa = reordered(least, order);
  return find;
}

}  // namespace vyre::scan
