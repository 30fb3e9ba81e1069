#pragma once

#include <string>

// CLI11 takes a list apart that stands in brackets: `[slug]` would arrive as `slug`, `[a,b]` as two
// paths. Arguments that look like one travel through the parser behind a mark.
namespace vyre::cli {

/// The argument, marked where the parser would take it apart.
std::string mark_literal(std::string argument);
/// The inverse; any other text is returned as it is.
std::string unmark_literal(std::string argument);

}  // namespace vyre::cli
