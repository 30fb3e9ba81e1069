#pragma once

#include <utility>
#include <vector>

#include "scan/pattern/byte_set.hpp"
#include "wire/platform.hpp"

namespace vyre::scan {

enum class NodeKind : u8 { kEmpty, kBytes, kAssertion, kConcat, kAlternate, kRepeat };

enum class Assertion : u8 {
  kTextBegin,
  kTextEnd,
  kLineBegin,
  kLineEnd,
  kWordBoundary,
  kNotWordBoundary,
};

using NodeId = u32;
/// `Node::max` of a repeat without a limit.
inline constexpr u32 kNoLimit = 0xFFFFFFFF;
/// Deepest tree that a parser builds, so that every walk may recurse.
inline constexpr u32 kMaxDepth = 250;

struct Node {
  NodeKind kind = NodeKind::kEmpty;
  Assertion assertion = Assertion::kTextBegin;
  /// Repeats: prefers fewer. It matters for which match RE2 reports, not for which exist.
  bool lazy = false;
  /// Levels below and including this one.
  u32 depth = 1;
  /// Repeats: bounds of the count.
  u32 min = 0;
  u32 max = 0;
  /// kBytes: one byte out of these; empty where nothing can match.
  ByteSet bytes;
  /// kConcat and kAlternate: two or more; kRepeat: one.
  std::vector<NodeId> children;
};

/// A pattern's syntax tree; groups leave no trace.
class Ast {
 public:
  NodeId empty() { return add(Node{}); }
  NodeId bytes(const ByteSet& set);
  NodeId assertion(Assertion assertion);
  NodeId concat(std::vector<NodeId> children);
  NodeId alternate(std::vector<NodeId> children);
  NodeId repeat(NodeId child, u32 min, u32 max, bool lazy);

  [[nodiscard]] const Node& operator[](NodeId id) const { return nodes_[id]; }
  [[nodiscard]] NodeId root() const { return root_; }
  void set_root(NodeId root) { root_ = root; }

  /// The tree that matches any bytes of any length: what stands for what cannot be expressed.
  static Ast anything();

 private:
  NodeId add(Node node);
  u32 deepest(const std::vector<NodeId>& children) const;

  std::vector<Node> nodes_;
  NodeId root_ = 0;
};

}  // namespace vyre::scan
