#pragma once

#include <span>
#include <string>
#include <string_view>

namespace vyre::base {

/// The candidate that `word` was most likely meant to be: the least edits (insert, delete, replace,
/// swap of neighbours), at most a third of its length, or one that it begins. Empty where none is
/// near.
std::string closest_match(std::string_view word, std::span<const std::string> candidates);

}  // namespace vyre::base
