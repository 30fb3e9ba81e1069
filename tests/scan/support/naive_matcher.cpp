#include "tests/scan/support/naive_matcher.hpp"

#include <cctype>

#include "base/check.hpp"

namespace vyre::testing {

using scan::Assertion;
using scan::Node;
using scan::NodeKind;

NaiveMatcher::NaiveMatcher(const scan::Ast& ast, std::string_view text) : ast_(ast), text_(text) {
  VYRE_CHECK(text.size() <= 62);
}

u64 NaiveMatcher::ends(std::size_t begin) const { return step(ast_.root(), u64{1} << begin); }

u64 NaiveMatcher::step(scan::NodeId id, u64 from) const {
  const Node& node = ast_[id];
  u64 to = 0;
  switch (node.kind) {
    case NodeKind::kEmpty:
      return from;
    case NodeKind::kBytes:
      for (std::size_t at = 0; at < text_.size(); ++at) {
        const bool member = node.bytes.contains(static_cast<u8>(text_[at]));
        if ((from >> at & 1) != 0 && member) to |= u64{2} << at;
      }
      return to;
    case NodeKind::kAssertion:
      for (std::size_t at = 0; at <= text_.size(); ++at) {
        if ((from >> at & 1) != 0 && holds(node.assertion, at)) to |= u64{1} << at;
      }
      return to;
    case NodeKind::kConcat:
      to = from;
      for (const scan::NodeId child : node.children) to = step(child, to);
      return to;
    case NodeKind::kAlternate:
      for (const scan::NodeId child : node.children) to |= step(child, from);
      return to;
    case NodeKind::kRepeat:
      return step_repeat(node, from);
  }
  return 0;
}

u64 NaiveMatcher::step_repeat(const Node& node, u64 from) const {
  u64 at = from;
  for (u32 i = 0; i < node.min && at != 0; ++i) at = step(node.children.front(), at);
  u64 all = at;
  // A round that reaches nothing new cannot lead to more.
  for (u32 i = node.min; i != node.max && at != 0; ++i) {
    at = step(node.children.front(), at) & ~all;
    all |= at;
  }
  return all;
}

bool NaiveMatcher::word_at(std::size_t position) const {
  if (position >= text_.size()) return false;
  const unsigned char byte = static_cast<unsigned char>(text_[position]);
  return byte < 0x80 && (std::isalnum(byte) != 0 || byte == '_');
}

bool NaiveMatcher::holds(Assertion assertion, std::size_t position) const {
  const bool at_begin = position == 0;
  const bool at_end = position == text_.size();
  const bool boundary = (!at_begin && word_at(position - 1)) != word_at(position);
  switch (assertion) {
    case Assertion::kTextBegin:
      return at_begin;
    case Assertion::kTextEnd:
      return at_end;
    case Assertion::kLineBegin:
      return at_begin || text_[position - 1] == '\n';
    case Assertion::kLineEnd:
      return at_end || text_[position] == '\n';
    case Assertion::kWordBoundary:
      return boundary;
    case Assertion::kNotWordBoundary:
      return !boundary;
  }
  return false;
}

}  // namespace vyre::testing
