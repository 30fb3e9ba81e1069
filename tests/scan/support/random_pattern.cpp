#include "tests/scan/support/random_pattern.hpp"

#include <algorithm>
#include <iterator>
#include <string_view>

namespace vyre::testing {
namespace {

using scan::Dialect;

constexpr std::string_view kAlphabet = "aabbcAB01_ -.\t\xE9\xC9";

class PatternWriter {
 public:
  PatternWriter(Random& random, Dialect dialect) : random_(random), dialect_(dialect) {}

  std::string write() {
    static constexpr std::string_view kFlags[] = {"", "", "", "(?i)", "(?s)", "(?m)", "(?U)"};
    return std::string(kFlags[below(random_, std::size(kFlags))]) + alternation(3);
  }

 private:
  template <std::size_t N>
  std::string pick(const std::string_view (&choices)[N]) {
    return std::string(choices[below(random_, N)]);
  }

  std::string alternation(int depth) {
    std::string text = sequence(depth);
    for (std::size_t more = below(random_, 3); more > 1; --more) text += "|" + sequence(depth);
    return text;
  }

  std::string sequence(int depth) {
    std::string text;
    for (std::size_t items = 1 + below(random_, 5); items > 0; --items) text += item(depth);
    return text;
  }

  std::string item(int depth) {
    static constexpr std::string_view kRepeats[] = {"*",    "+",      "?",     "{2}", "{1,3}",
                                                    "{2,}", "*?",     "+?",    "??",  "{0,2}",
                                                    "{3}",  "{0,12}", "{1,2}?"};
    switch (below(random_, 12)) {
      case 0:
        return assertion();
      case 1:
      case 2:
        return atom(depth) + pick(kRepeats);
      default:
        return atom(depth);
    }
  }

  std::string assertion() {
    static constexpr std::string_view kAssertions[] = {"\\b", "\\B", "^", "$", "\\A", "\\z"};
    return pick(kAssertions);
  }

  std::string atom(int depth) {
    static constexpr std::string_view kGroups[] = {"(", "(?:", "(?i:", "(?-i:", "(?s:", "(?P<n>"};
    static constexpr std::string_view kClasses[] = {
        "[ab]",    "[^a]", "[a-c0-9]", "\\w", "\\d",         "\\s",          "\\S",          "\\W",
        "[\\w.-]", "[b-]", "[^\\s]",   ".",   "[[:alpha:]]", "[[:^digit:]]", "[\\xE0-\\xFF]"};
    const std::size_t kind = below(random_, 16);
    // Named groups may not repeat, so few patterns have one.
    if (kind < 2 && depth > 0) {
      const std::size_t groups = named_ ? 5 : 6;
      const std::size_t group = below(random_, groups);
      named_ = named_ || group == 5;
      return std::string(kGroups[group]) + alternation(depth - 1) + ")";
    }
    if (kind < 5) return pick(kClasses);
    return literal();
  }

  std::string literal() {
    static constexpr std::string_view kEither[] = {
        "a", "b", "ab",  "ba",  "abc", "A", "B",     "0",       "1",  "_",
        " ", "-", "\\.", "\\t", "01",  "c", "\\x61", "\\x{62}", "a_b"};
    static constexpr std::string_view kRe2[] = {"\xE9", "\xC9", "\\Qa.\\E", "\\n", "\\141", "\\C"};
    static constexpr std::string_view kLine[] = {"\xC3\xA9", "\\xE9", "\\xC9", "\\-"};
    if (below(random_, 6) != 0) return pick(kEither);
    return dialect_ == Dialect::kRe2 ? pick(kRe2) : pick(kLine);
  }

  Random& random_;
  Dialect dialect_;
  bool named_ = false;
};

class MatchWriter {
 public:
  MatchWriter(Random& random, const scan::Ast& ast) : random_(random), ast_(ast) {}

  void write(scan::NodeId id, std::string& out) {
    const scan::Node& node = ast_[id];
    switch (node.kind) {
      case scan::NodeKind::kEmpty:
      case scan::NodeKind::kAssertion:
        return;
      case scan::NodeKind::kBytes:
        if (!node.bytes.empty()) out += byte_of(node.bytes);
        return;
      case scan::NodeKind::kConcat:
        for (const scan::NodeId child : node.children) write(child, out);
        return;
      case scan::NodeKind::kAlternate:
        write(node.children[below(random_, node.children.size())], out);
        return;
      case scan::NodeKind::kRepeat: {
        const u32 room = std::min(node.max - node.min, 64u);
        const bool full = below(random_, 8) == 0;
        const u32 count = node.min + (full ? room : std::min(room, few_more()));
        for (u32 i = 0; i < count; ++i) write(node.children.front(), out);
        return;
      }
    }
  }

 private:
  u32 few_more() { return static_cast<u32>(below(random_, 4)); }

  /// Printable where the set has such a byte.
  char byte_of(const scan::ByteSet& set) {
    const scan::ByteSet printable = set & scan::ByteSet::range(' ', '~');
    const scan::ByteSet& from = printable.empty() ? set : printable;
    std::size_t left = below(random_, from.size());
    char chosen = 0;
    from.for_each([&](u8 byte) {
      if (left-- == 0) chosen = static_cast<char>(byte);
    });
    return chosen;
  }

  Random& random_;
  const scan::Ast& ast_;
};

}  // namespace

std::size_t below(Random& random, std::size_t limit) { return random() % limit; }

std::string random_pattern(Random& random, Dialect dialect) {
  return PatternWriter(random, dialect).write();
}

std::string random_match(Random& random, const scan::Ast& ast) {
  std::string text;
  MatchWriter(random, ast).write(ast.root(), text);
  return text;
}

std::string random_text(Random& random, Dialect dialect, std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    const bool newline = dialect == Dialect::kRe2 && below(random, 12) == 0;
    text += newline ? '\n' : kAlphabet[below(random, kAlphabet.size())];
  }
  return text;
}

}  // namespace vyre::testing
