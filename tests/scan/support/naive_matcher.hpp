#pragma once

#include <string_view>

#include "scan/pattern/ast.hpp"

namespace vyre::testing {

/// What a syntax tree matches in a short text, straight from its definition: sets of positions, no
/// automaton. The oracle for RE2's opinion and for the compiler's promise.
class NaiveMatcher {
 public:
  /// At most 62 bytes of text; both must outlive the matcher.
  NaiveMatcher(const scan::Ast& ast, std::string_view text);

  /// The positions where a match that begins at `begin` can end: bit e is set for [begin, e).
  [[nodiscard]] u64 ends(std::size_t begin) const;

 private:
  [[nodiscard]] u64 step(scan::NodeId node, u64 from) const;
  [[nodiscard]] u64 step_repeat(const scan::Node& node, u64 from) const;
  [[nodiscard]] bool holds(scan::Assertion assertion, std::size_t position) const;
  [[nodiscard]] bool word_at(std::size_t position) const;

  const scan::Ast& ast_;
  std::string_view text_;
};

}  // namespace vyre::testing
