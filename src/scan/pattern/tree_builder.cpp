#include "scan/pattern/tree_builder.hpp"

#include <utility>

#include "base/check.hpp"

namespace vyre::scan {

void TreeBuilder::push(NodeId item) {
  too_deep_ = too_deep_ || ast_[item].depth > kMaxDepth;
  frames_.back().sequence.push_back(item);
}

void TreeBuilder::repeat(u32 min, u32 max, bool lazy) {
  VYRE_CHECK(has_item());
  const NodeId child = frames_.back().sequence.back();
  frames_.back().sequence.pop_back();
  push(ast_.repeat(child, min, max, lazy));
}

void TreeBuilder::alternate() {
  Frame& frame = frames_.back();
  frame.alternatives.push_back(ast_.concat(std::exchange(frame.sequence, {})));
}

void TreeBuilder::open_group(PatternFlags flags) {
  too_deep_ = too_deep_ || frames_.size() > kMaxDepth;
  frames_.push_back({flags, {}, {}});
}

NodeId TreeBuilder::close_frame() {
  alternate();
  return ast_.alternate(std::move(frames_.back().alternatives));
}

void TreeBuilder::close_group() {
  VYRE_CHECK(in_group());
  const NodeId group = close_frame();
  frames_.pop_back();
  push(group);
}

Ast TreeBuilder::finish() {
  VYRE_CHECK(!in_group());
  const NodeId root = close_frame();
  too_deep_ = too_deep_ || ast_[root].depth > kMaxDepth;
  ast_.set_root(root);
  return std::move(ast_);
}

}  // namespace vyre::scan
