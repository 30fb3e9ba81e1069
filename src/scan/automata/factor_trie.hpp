#pragma once

#include <span>
#include <unordered_map>
#include <vector>

#include "scan/automata/factor.hpp"

namespace vyre::scan {

/// A factor string and the pattern that it belongs to.
struct FactorEntry {
  FactorString string;
  u32 pattern = 0;
  /// The length limit that the pattern's factor was chosen under; a later choice outdates it.
  u32 max_length = 0;
};

/// The strings of many factors as a tree whose edges are byte sets. Node 0 is the root.
class FactorTrie {
 public:
  struct Edge {
    SetId set;
    u32 child;
  };
  struct Node {
    std::vector<Edge> edges;
    /// Patterns with a string that ends here, each once.
    std::vector<u32> patterns;
  };

  explicit FactorTrie(std::span<const FactorEntry> entries);

  [[nodiscard]] const Node& operator[](u32 node) const { return nodes_[node]; }
  [[nodiscard]] u32 size() const { return static_cast<u32>(nodes_.size()); }
  /// The length of the longest string.
  [[nodiscard]] u32 depth() const { return depth_; }

 private:
  u32 child(u32 node, SetId set);

  std::vector<Node> nodes_;
  std::unordered_map<u64, u32> children_;
  u32 depth_ = 0;
};

}  // namespace vyre::scan
