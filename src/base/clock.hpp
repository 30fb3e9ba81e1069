#pragma once

#include <chrono>
#include <cstdint>

namespace vyre::base {

inline std::uint64_t nanoseconds_of(std::chrono::steady_clock::time_point time) noexcept {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(time.time_since_epoch()).count());
}

/// Nanoseconds of the steady clock, which never goes back; 0 is no time that it shows.
inline std::uint64_t steady_nanoseconds() noexcept {
  return nanoseconds_of(std::chrono::steady_clock::now());
}

}  // namespace vyre::base
