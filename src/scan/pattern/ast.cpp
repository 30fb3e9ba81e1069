#include "scan/pattern/ast.hpp"

#include <algorithm>

namespace vyre::scan {

NodeId Ast::add(Node node) {
  nodes_.push_back(std::move(node));
  return static_cast<NodeId>(nodes_.size() - 1);
}

u32 Ast::deepest(const std::vector<NodeId>& children) const {
  u32 depth = 0;
  for (const NodeId child : children) depth = std::max(depth, nodes_[child].depth);
  return depth;
}

NodeId Ast::bytes(const ByteSet& set) {
  Node node;
  node.kind = NodeKind::kBytes;
  node.bytes = set;
  return add(std::move(node));
}

NodeId Ast::assertion(Assertion assertion) {
  Node node;
  node.kind = NodeKind::kAssertion;
  node.assertion = assertion;
  return add(std::move(node));
}

NodeId Ast::concat(std::vector<NodeId> children) {
  if (children.empty()) return empty();
  if (children.size() == 1) return children.front();
  Node node;
  node.kind = NodeKind::kConcat;
  node.depth = deepest(children) + 1;
  node.children = std::move(children);
  return add(std::move(node));
}

NodeId Ast::alternate(std::vector<NodeId> children) {
  if (children.size() == 1) return children.front();
  Node node;
  node.kind = NodeKind::kAlternate;
  node.depth = deepest(children) + 1;
  node.children = std::move(children);
  return add(std::move(node));
}

NodeId Ast::repeat(NodeId child, u32 min, u32 max, bool lazy) {
  Node node;
  node.kind = NodeKind::kRepeat;
  node.depth = nodes_[child].depth + 1;
  node.min = min;
  node.max = max;
  node.lazy = lazy;
  node.children = {child};
  return add(std::move(node));
}

Ast Ast::anything() {
  Ast ast;
  ast.set_root(ast.repeat(ast.bytes(ByteSet::all()), 0, kNoLimit, false));
  return ast;
}

}  // namespace vyre::scan
