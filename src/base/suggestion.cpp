#include "base/suggestion.hpp"

#include <algorithm>
#include <vector>

namespace vyre::base {
namespace {

// What people type is short; more would only cost time.
constexpr std::size_t kMaxLength = 64;

std::size_t edits(std::string_view a, std::string_view b) {
  const std::size_t width = b.size() + 1;
  std::vector<std::size_t> cost((a.size() + 1) * width);
  const auto at = [&](std::size_t i, std::size_t j) -> std::size_t& { return cost[i * width + j]; };
  for (std::size_t i = 0; i <= a.size(); ++i) {
    for (std::size_t j = 0; j <= b.size(); ++j) {
      if (i == 0 || j == 0) {
        at(i, j) = i + j;
        continue;
      }
      const std::size_t replaced = at(i - 1, j - 1) + (a[i - 1] == b[j - 1] ? 0 : 1);
      at(i, j) = std::min({replaced, at(i - 1, j) + 1, at(i, j - 1) + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) at(i, j) = std::min(at(i, j), at(i - 2, j - 2) + 1);
    }
  }
  return at(a.size(), b.size());
}

}  // namespace

std::string closest_match(std::string_view word, std::span<const std::string> candidates) {
  if (word.empty() || word.size() > kMaxLength) return {};
  std::string best;
  std::size_t best_edits = 0;
  for (const std::string& candidate : candidates) {
    const bool begins = word.size() > 2 && candidate.starts_with(word);
    const std::size_t allowed = std::max<std::size_t>(1, candidate.size() / 3);
    // Each byte by which the lengths differ is an edit; most candidates need no closer look.
    const auto [shorter, longer] = std::minmax({word.size(), candidate.size()});
    if (!begins && longer - shorter > allowed) continue;
    const std::size_t needed = begins ? 1 : edits(word, candidate);
    if (needed > allowed || (!best.empty() && needed >= best_edits)) continue;
    best = candidate;
    best_edits = needed;
  }
  return best;
}

}  // namespace vyre::base
