#include "doctor/row.hpp"

#include <utility>

namespace vyre::doctor {
namespace {

Row lacking_row(std::string name, State state, Lack lack) {
  return {.name = std::move(name),
          .state = state,
          .evidence = std::move(lack.evidence),
          .consequence = std::move(lack.consequence),
          .fix = std::move(lack.fix)};
}

}  // namespace

std::string_view to_string(State state) noexcept {
  switch (state) {
    case State::kAvailable:
      return "available";
    case State::kDegraded:
      return "degraded";
    case State::kUnavailable:
      return "unavailable";
  }
  return "unknown";
}

Row available_row(std::string name, std::string evidence) {
  return {.name = std::move(name), .evidence = std::move(evidence), .consequence = {}, .fix = {}};
}

Row degraded_row(std::string name, Lack lack) {
  return lacking_row(std::move(name), State::kDegraded, std::move(lack));
}

Row unavailable_row(std::string name, Lack lack) {
  return lacking_row(std::move(name), State::kUnavailable, std::move(lack));
}

}  // namespace vyre::doctor
