#include "scan/confirm/regex_list.hpp"

#include <algorithm>
#include <atomic>
#include <optional>
#include <thread>
#include <utility>

#include "scan/pattern/re2_source.hpp"

namespace vyre::scan {
namespace {

// A thread costs about as much as one regex.
constexpr std::size_t kRegexesPerThread = 16;
constexpr std::size_t kMaxThreads = 8;

}  // namespace

Result<std::vector<std::unique_ptr<re2::RE2>>> make_regexes(
    std::span<const PatternSource> patterns) {
  std::vector<std::unique_ptr<re2::RE2>> regexes(patterns.size());
  std::vector<std::optional<Error>> errors(patterns.size());
  std::atomic<std::size_t> next{0};
  const auto build = [&] {
    for (std::size_t i = next.fetch_add(1); i < patterns.size(); i = next.fetch_add(1)) {
      if (auto built = make_re2(patterns[i])) {
        regexes[i] = std::move(*built);
      } else {
        errors[i] = std::move(built.error());
      }
    }
  };
  const std::size_t cores = std::max(1u, std::thread::hardware_concurrency());
  const std::size_t threads = std::min({cores, kMaxThreads, patterns.size() / kRegexesPerThread});
  {
    std::vector<std::jthread> helpers;
    for (std::size_t i = 1; i < threads; ++i) helpers.emplace_back(build);
    build();
  }
  for (auto& error : errors) {
    if (error) return tl::unexpected(std::move(*error));
  }
  return regexes;
}

}  // namespace vyre::scan
