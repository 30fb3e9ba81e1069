#include "scan/pattern/parse.hpp"

#include "scan/pattern/line_parser.hpp"
#include "scan/pattern/re2_parser.hpp"

namespace vyre::scan {

Result<Ast> parse_pattern(const PatternSource& source) {
  if (source.dialect == Dialect::kRe2) {
    std::optional<Ast> ast = Re2Parser(source.text).parse();
    return ast ? std::move(*ast) : Ast::anything();
  }
  LineResult<Ast> ast = LineParser(source.text).parse();
  if (!ast) {
    return tl::unexpected(pattern_error(source, ast.error().reason, ast.error().offset));
  }
  return std::move(*ast);
}

}  // namespace vyre::scan
