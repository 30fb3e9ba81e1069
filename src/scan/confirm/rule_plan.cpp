#include "scan/confirm/rule_plan.hpp"

#include <algorithm>

#include "base/checked.hpp"
#include "scan/pattern/ast.hpp"
#include "scan/pattern/byte_set.hpp"
#include "scan/pattern/parse.hpp"

namespace vyre::scan {
namespace {

ByteSet named_bytes(const Ast& ast, NodeId id) {
  const Node& node = ast[id];
  ByteSet named = node.kind == NodeKind::kBytes ? node.bytes : ByteSet();
  for (const NodeId child : node.children) named = named | named_bytes(ast, child);
  return named;
}

}  // namespace

std::size_t RulePlan::next_stop(std::string_view text, std::size_t from,
                                std::size_t end) const noexcept {
  if (!any_stop) return std::string_view::npos;
  for (std::size_t i = from; i < end; ++i) {
    if (stops[static_cast<unsigned char>(text[i])]) return i;
  }
  return std::string_view::npos;
}

std::size_t RulePlan::last_stop(std::string_view text, std::size_t from,
                                std::size_t end) const noexcept {
  if (!any_stop) return std::string_view::npos;
  for (std::size_t i = end; i > from; --i) {
    if (stops[static_cast<unsigned char>(text[i - 1])]) return i - 1;
  }
  return std::string_view::npos;
}

Result<RulePlan> plan_rule(const PatternSource& source, const PatternShape& shape) {
  auto ast = parse_pattern(source);
  if (!ast) return tl::unexpected(std::move(ast.error()));
  const ByteSet stops = ~named_bytes(*ast, ast->root());
  RulePlan plan{.always = shape.always, .length = shape.max_length, .any_stop = !stops.empty()};
  stops.for_each([&](u8 byte) { plan.stops[byte] = true; });
  plan.bounded = shape.max_length <= kMaxBoundedLength;
  if (shape.always) return plan;
  // The candidate is the factor's last byte: `left_max` and the rest of the factor precede it.
  plan.back = std::min(base::checked_add(shape.left_max, shape.factor_max - 1).value_or(kUnbounded),
                       shape.max_length);
  plan.forward = std::min(shape.right_max, shape.max_length);
  return plan;
}

}  // namespace vyre::scan
