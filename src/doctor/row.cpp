#include "doctor/row.hpp"

namespace vyre::doctor {

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

}  // namespace vyre::doctor
