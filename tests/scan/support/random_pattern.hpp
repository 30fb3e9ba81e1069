#pragma once

#include <random>
#include <string>

#include "scan/pattern/ast.hpp"
#include "scan/pattern/pattern_source.hpp"

namespace vyre::testing {

using Random = std::mt19937_64;

/// A number below `limit`, which is not 0.
std::size_t below(Random& random, std::size_t limit);

/// The text of a random pattern of the dialect, over a small alphabet so that matches happen.
std::string random_pattern(Random& random, scan::Dialect dialect);

/// Random bytes that a tree can match, but for its assertions: repeats take their least
/// count and few more, or now and then as many as they can.
std::string random_match(Random& random, const scan::Ast& ast);

/// `length` bytes of the alphabet that random_pattern() uses; without \n for kLine.
std::string random_text(Random& random, scan::Dialect dialect, std::size_t length);

}  // namespace vyre::testing
