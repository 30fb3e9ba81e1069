#pragma once

#include <re2/re2.h>

#include <memory>
#include <string>

#include "scan/pattern/ast.hpp"
#include "scan/pattern/pattern_source.hpp"
#include "vyre/error.hpp"

namespace vyre::scan {

/// The text to give to RE2 with Latin-1 encoding so that it means what the dialect means; for kRe2
/// the pattern unchanged, for kLine a text to run on one line without its \n. Error: the pattern is
/// not of its dialect (kRe2 texts are not judged here).
Result<std::string> re2_source(const PatternSource& source);
/// The same where the tree is known already: `ast` is parse_pattern(source).
Result<std::string> re2_source(const PatternSource& source, const Ast& ast);

/// RE2's verdict without its program, about 5 us: what make_re2 will say. Only a pattern whose
/// program might exceed the memory budget is really compiled.
Status judge_pattern(const PatternSource& source, const Ast& ast);

/// The compiled RE2 of a pattern: Latin-1, leftmost-first, silent, with a memory budget that grows
/// from 8 MiB to 64 MiB where the pattern needs it. Thread-safe to use afterwards. About 0.1 ms.
/// Error: InvalidArgument with the pattern's name, the reason and, where known, the offset.
Result<std::unique_ptr<re2::RE2>> make_re2(const PatternSource& source);

}  // namespace vyre::scan
