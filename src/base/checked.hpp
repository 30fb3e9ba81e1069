#pragma once

#include <concepts>
#include <optional>

namespace vyre::base {

/// a + b, or nothing where it does not fit in T.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_add(T a, T b) noexcept {
  T out{};
  if (__builtin_add_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// a * b, or nothing where it does not fit in T.
template <std::unsigned_integral T>
[[nodiscard]] constexpr std::optional<T> checked_multiply(T a, T b) noexcept {
  T out{};
  if (__builtin_mul_overflow(a, b, &out)) return std::nullopt;
  return out;
}

/// True where [offset, offset + length) lies inside [0, size), overflow included.
template <std::unsigned_integral T>
[[nodiscard]] constexpr bool range_fits(T offset, T length, T size) noexcept {
  return offset <= size && length <= size - offset;
}

/// The next multiple of `alignment` (a power of two) at or above `value`; the caller keeps `value`
/// at least `alignment` below T's maximum.
template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_up(T value, T alignment) noexcept {
  return (value + alignment - 1) & ~(alignment - 1);
}

template <std::unsigned_integral T>
[[nodiscard]] constexpr T align_down(T value, T alignment) noexcept {
  return value & ~(alignment - 1);
}

}  // namespace vyre::base
