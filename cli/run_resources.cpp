#include "cli/run_resources.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "base/suggestion.hpp"

namespace vyre::cli {
namespace {

std::string fix_for(const std::string& name, const Program& program) {
  if (program.resources.empty()) return "it names none: leave out --resource";
  const std::string meant = base::closest_match(name, program.resources);
  if (!meant.empty()) return fmt::format("did you mean {}?", meant);
  return fmt::format("its resources are: {}", fmt::join(program.resources, ", "));
}

}  // namespace

Result<std::vector<std::string>> parse_resources(const std::vector<std::string>& given,
                                                 const Program& program) {
  std::vector<std::optional<std::string>> paths(program.resources.size());
  for (const std::string& text : given) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals + 1 == text.size()) {
      return tl::unexpected(invalid_argument(fmt::format("--resource {} gives no path", text),
                                             "write --resource NAME=PATH"));
    }
    const std::string name = text.substr(0, equals);
    const auto found = std::find(program.resources.begin(), program.resources.end(), name);
    if (found == program.resources.end()) {
      return tl::unexpected(invalid_argument(fmt::format("the program has no resource '{}'", name),
                                             fix_for(name, program)));
    }
    auto& path = paths[static_cast<std::size_t>(found - program.resources.begin())];
    if (path) {
      return tl::unexpected(invalid_argument(fmt::format("--resource gives '{}' twice: {} and {}",
                                                         name, *path, text.substr(equals + 1)),
                                             "give one path for each resource"));
    }
    path = text.substr(equals + 1);
  }
  std::vector<std::string> all;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (!paths[i]) {
      return tl::unexpected(invalid_argument(
          fmt::format("the program's resource '{}' is not given", program.resources[i]),
          fmt::format("add --resource {}=PATH", program.resources[i])));
    }
    all.push_back(std::move(*paths[i]));
  }
  return all;
}

Status register_resources(const std::vector<std::string>& paths, Session& session) {
  for (const std::string& path : paths) {
    if (auto handle = session.register_resource(path); !handle) {
      return tl::unexpected(std::move(handle.error()));
    }
  }
  return {};
}

}  // namespace vyre::cli
