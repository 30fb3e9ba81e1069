#pragma once

#include "scan/pattern/ast.hpp"
#include "scan/pattern/pattern_source.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// The syntax tree of a pattern. For kRe2 it is meant for texts that RE2 accepts: what the parser
/// does not know becomes Ast::anything(), so the tree never matches less than the pattern, and
/// there is no error. For kLine: InvalidArgument with the offset and the reason.
Result<Ast> parse_pattern(const PatternSource& source);

}  // namespace vyre::scan
