#include "scan/automata/factor_trie.hpp"

#include <algorithm>

namespace vyre::scan {

FactorTrie::FactorTrie(std::span<const FactorEntry> entries) : nodes_(1) {
  for (const FactorEntry& entry : entries) {
    u32 node = 0;
    for (u32 i = 0; i < entry.string.length; ++i) node = child(node, entry.string.sets[i]);
    std::vector<u32>& patterns = nodes_[node].patterns;
    if (std::ranges::find(patterns, entry.pattern) == patterns.end()) {
      patterns.push_back(entry.pattern);
    }
    depth_ = std::max(depth_, entry.string.length);
  }
}

u32 FactorTrie::child(u32 node, SetId set) {
  const auto [place, inserted] = children_.try_emplace(u64{node} << 32 | set, size());
  if (inserted) {
    nodes_[node].edges.push_back({set, size()});
    nodes_.emplace_back();
  }
  return place->second;
}

}  // namespace vyre::scan
