#pragma once

#include <vector>

#include "scan/pattern/ast.hpp"

namespace vyre::scan {

/// The flags that a pattern can switch within a group.
struct PatternFlags {
  bool fold_case = false;
  bool multi_line = false;
  bool dot_newline = false;
  bool swap_greed = false;
  bool verbose = false;
};

/// Builds a tree from left to right with its own stack, so that no pattern can exhaust the
/// thread's.
class TreeBuilder {
 public:
  explicit TreeBuilder(PatternFlags flags) { frames_.push_back({flags, {}, {}}); }

  [[nodiscard]] PatternFlags& flags() { return frames_.back().flags; }
  [[nodiscard]] Ast& ast() { return ast_; }
  /// False at the start of an alternative, where a repetition has nothing to repeat.
  [[nodiscard]] bool has_item() const { return !frames_.back().sequence.empty(); }
  [[nodiscard]] bool in_group() const { return frames_.size() > 1; }
  /// The tree became deeper than kMaxDepth; give up.
  [[nodiscard]] bool too_deep() const { return too_deep_; }

  void push(NodeId item);
  void push_bytes(const ByteSet& set) { push(ast_.bytes(set)); }
  void push_assertion(Assertion assertion) { push(ast_.assertion(assertion)); }
  /// Repeats the latest item. Requires has_item().
  void repeat(u32 min, u32 max, bool lazy);
  void alternate();
  /// Opens a group in which `flags` hold; the present ones come back with close_group().
  void open_group(PatternFlags flags);
  /// Requires in_group().
  void close_group();
  /// Ends the tree. Requires !in_group().
  Ast finish();

 private:
  struct Frame {
    PatternFlags flags;
    std::vector<NodeId> alternatives;
    std::vector<NodeId> sequence;
  };
  NodeId close_frame();

  Ast ast_;
  std::vector<Frame> frames_;
  bool too_deep_ = false;
};

}  // namespace vyre::scan
