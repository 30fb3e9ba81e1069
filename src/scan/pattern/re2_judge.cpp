#include <re2/set.h>

#include <algorithm>

#include "scan/pattern/re2_source.hpp"

namespace vyre::scan {
namespace {

/// A program of so many instructions fits RE2's share of 64 MiB (a sixth, 16 bytes each) six times.
constexpr u64 kSafeInstructions = 100'000;

/// An upper bound of RE2's program for a tree whose groups have been dropped: `copies` of each
/// node.
class ProgramBound {
 public:
  explicit ProgramBound(const Ast& ast) : ast_(ast) {}

  u64 of(const PatternSource& source) {
    visit(ast_.root(), 1);
    const auto groups = static_cast<u64>(std::ranges::count(source.text, '('));
    return instructions_ + 2 * groups * most_copies_;
  }

 private:
  void visit(NodeId id, u64 copies) {
    const Node& node = ast_[id];
    most_copies_ = std::max(most_copies_, copies);
    if (instructions_ > kSafeInstructions) return;
    instructions_ += copies * (node.kind == NodeKind::kBytes ? 2 * ranges(node.bytes) + 2 : 4);
    const u64 repeats = node.kind != NodeKind::kRepeat ? 1
                        : node.max == kNoLimit         ? u64{node.min} + 1
                                                       : std::max(node.max, 1u);
    for (const NodeId child : node.children) visit(child, copies * repeats);
  }

  static u64 ranges(const ByteSet& set) {
    u64 count = 0;
    bool inside = false;
    for (unsigned byte = 0; byte < 256; ++byte) {
      const bool member = set.contains(static_cast<u8>(byte));
      count += member && !inside ? 1 : 0;
      inside = member;
    }
    return count;
  }

  const Ast& ast_;
  u64 instructions_ = 0;
  u64 most_copies_ = 1;
};

/// RE2's parser alone: its set of patterns parses each as it is added, and compiles none.
bool re2_parses(const std::string& text) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  return re2::RE2::Set(options, re2::RE2::UNANCHORED).Add(text, nullptr) >= 0;
}

}  // namespace

Status judge_pattern(const PatternSource& source, const Ast& ast) {
  const Result<std::string> text = re2_source(source, ast);
  if (!text) return tl::unexpected(text.error());
  if (re2_parses(*text) && ProgramBound(ast).of(source) <= kSafeInstructions) return {};
  const auto compiled = make_re2(source);
  if (!compiled) return tl::unexpected(compiled.error());
  return {};
}

}  // namespace vyre::scan
