#pragma once

#include <cstdlib>

#include "wire/platform.hpp"

namespace vyre::testing {

/// The decimal number that an environment variable holds; `otherwise` where it is not set.
inline u64 number_from_environment(const char* name, u64 otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace vyre::testing
