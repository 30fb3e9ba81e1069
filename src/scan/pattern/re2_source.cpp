#include "scan/pattern/re2_source.hpp"

#include <algorithm>

#include "base/append_format.hpp"
#include "scan/pattern/parse.hpp"

namespace vyre::scan {
namespace {

/// RE2 refuses a count above this.
constexpr u32 kRe2MaxRepeat = 1000;
/// Longest text that is worth RE2's while: its program would not fit the memory budget.
constexpr std::size_t kMaxSourceBytes = 1u << 20;

/// Writes a tree of the kLine dialect as RE2 text for one line. Bytes are written as escapes and
/// classes as ranges of escapes, so that no flag and no dialect matters.
class SourceWriter {
 public:
  explicit SourceWriter(const Ast& ast) : ast_(ast) {}

  std::string take(NodeId root) {
    write(root);
    return std::move(text_);
  }

 private:
  void write(NodeId id) {
    if (text_.size() > kMaxSourceBytes) return;
    const Node& node = ast_[id];
    switch (node.kind) {
      case NodeKind::kEmpty:
        text_ += "(?:)";
        return;
      case NodeKind::kBytes:
        write_bytes(node.bytes);
        return;
      case NodeKind::kAssertion:
        write_assertion(node.assertion);
        return;
      case NodeKind::kConcat:
      case NodeKind::kAlternate:
        text_ += "(?:";
        for (std::size_t i = 0; i < node.children.size(); ++i) {
          if (i > 0 && node.kind == NodeKind::kAlternate) text_ += '|';
          write(node.children[i]);
        }
        text_ += ')';
        return;
      case NodeKind::kRepeat:
        write_repeat(node);
        return;
    }
  }

  void write_byte(u8 byte) {
    const bool plain = (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
                       (byte >= 'a' && byte <= 'z');
    if (plain) {
      text_ += static_cast<char>(byte);
    } else {
      base::append_format(text_, "\\x{:02x}", byte);
    }
  }

  void write_bytes(const ByteSet& set) {
    if (set.size() == 1) {
      set.for_each([this](u8 byte) { write_byte(byte); });
      return;
    }
    const bool negate = set.size() > 128;
    const ByteSet listed = negate ? ~set : set;
    text_ += negate ? "[^" : "[";
    for (unsigned first = 0; first < 256; ++first) {
      if (!listed.contains(static_cast<u8>(first))) continue;
      unsigned last = first;
      while (last < 255 && listed.contains(static_cast<u8>(last + 1))) ++last;
      write_byte(static_cast<u8>(first));
      if (last > first) text_ += '-';
      if (last > first) write_byte(static_cast<u8>(last));
      first = last;
    }
    text_ += ']';
  }

  void write_assertion(Assertion assertion) {
    switch (assertion) {
      case Assertion::kTextBegin:
      case Assertion::kLineBegin:
        text_ += "\\A";
        return;
      case Assertion::kTextEnd:
      case Assertion::kLineEnd:
        text_ += "\\z";
        return;
      case Assertion::kWordBoundary:
        text_ += "\\b";
        return;
      case Assertion::kNotWordBoundary:
        text_ += "\\B";
        return;
    }
  }

  void write_repeat(const Node& node) {
    u32 min = node.min;
    u32 max = node.max;
    text_ += "(?:";
    for (; min > kRe2MaxRepeat && text_.size() <= kMaxSourceBytes; min -= kRe2MaxRepeat) {
      write_counted(node, kRe2MaxRepeat, kRe2MaxRepeat);
      if (max != kNoLimit) max -= kRe2MaxRepeat;
    }
    while (max != kNoLimit && max > kRe2MaxRepeat && text_.size() <= kMaxSourceBytes) {
      write_counted(node, std::exchange(min, 0), kRe2MaxRepeat);
      max -= kRe2MaxRepeat;
    }
    write_counted(node, min, max);
    text_ += ')';
  }

  void write_counted(const Node& node, u32 min, u32 max) {
    write(node.children.front());
    if (min == 0 && max == kNoLimit) {
      text_ += '*';
    } else if (min == 1 && max == kNoLimit) {
      text_ += '+';
    } else if (min == 0 && max == 1) {
      text_ += '?';
    } else if (max == kNoLimit) {
      base::append_format(text_, "{{{},}}", min);
    } else {
      base::append_format(text_, "{{{},{}}}", min, max);
    }
    text_ += node.lazy ? "?" : "";
  }

  const Ast& ast_;
  std::string text_;
};

re2::RE2::Options re2_options(std::int64_t max_mem) {
  re2::RE2::Options options;
  options.set_encoding(re2::RE2::Options::EncodingLatin1);
  options.set_log_errors(false);
  options.set_max_mem(max_mem);
  return options;
}

/// Where RE2's offending fragment stands in the pattern, if only one place is possible.
std::size_t place_of(const std::string& fragment, const std::string& text) {
  if (fragment.empty()) return std::string::npos;
  const std::size_t first = text.find(fragment);
  return first == text.rfind(fragment) ? first : std::string::npos;
}

}  // namespace

Result<std::string> re2_source(const PatternSource& source) {
  if (source.dialect == Dialect::kRe2) return source.text;
  const Result<Ast> ast = parse_pattern(source);
  if (!ast) return tl::unexpected(ast.error());
  return re2_source(source, *ast);
}

Result<std::string> re2_source(const PatternSource& source, const Ast& ast) {
  if (source.dialect == Dialect::kRe2) return source.text;
  std::string text = SourceWriter(ast).take(ast.root());
  if (text.size() > kMaxSourceBytes) {
    return tl::unexpected(pattern_error(source, "its repetitions make it too large"));
  }
  return text;
}

Result<std::unique_ptr<re2::RE2>> make_re2(const PatternSource& source) {
  const Result<std::string> text = re2_source(source);
  if (!text) return tl::unexpected(text.error());
  constexpr std::int64_t kMemory[] = {8 << 20, 64 << 20};
  std::unique_ptr<re2::RE2> compiled;
  for (const std::int64_t memory : kMemory) {
    compiled = std::make_unique<re2::RE2>(*text, re2_options(memory));
    if (compiled->ok()) return compiled;
    if (compiled->error_code() != re2::RE2::ErrorPatternTooLarge) break;
  }
  const std::size_t offset = source.dialect == Dialect::kRe2
                                 ? place_of(compiled->error_arg(), source.text)
                                 : std::string::npos;
  return tl::unexpected(pattern_error(source, compiled->error(), offset));
}

}  // namespace vyre::scan
