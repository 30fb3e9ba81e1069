#pragma once

#include <limits>

#include "base/checked.hpp"
#include "wire/platform.hpp"

namespace vyre::vir0 {

/// a + b and a * b; 2^64 - 1 where they do not fit.
[[nodiscard]] constexpr u64 saturating_add(u64 a, u64 b) {
  return base::checked_add(a, b).value_or(std::numeric_limits<u64>::max());
}
[[nodiscard]] constexpr u64 saturating_multiply(u64 a, u64 b) {
  return base::checked_multiply(a, b).value_or(std::numeric_limits<u64>::max());
}

}  // namespace vyre::vir0
