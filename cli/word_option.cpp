#include "cli/word_option.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/suggestion.hpp"

namespace vyre::cli {

std::string no_such_word(const std::string& given, const std::vector<std::string>& words) {
  std::string text = fmt::format("'{}' is none of {}", given, fmt::join(words, ", "));
  if (const std::string meant = base::closest_match(given, words); !meant.empty()) {
    text += fmt::format("; did you mean {}?", meant);
  }
  return text;
}

}  // namespace vyre::cli
