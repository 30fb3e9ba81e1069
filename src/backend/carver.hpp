#pragma once

#include <cstddef>
#include <span>
#include <type_traits>

#include "base/check.hpp"
#include "base/checked.hpp"

namespace vyre::backend {

/// Lays arrays out one after the other, each on its own cache line. Run once over no memory to
/// learn the size, once over the memory to get the arrays: the same calls in the same order.
/// Workers' memory is laid out as an image on the host, which is then copied to its address.
class Carver {
 public:
  static constexpr std::size_t kAlignment = 64;

  Carver() = default;
  /// `memory`, which both sides see at one address.
  explicit Carver(std::span<std::byte> memory) : Carver(memory, memory.data()) {}
  /// The image of what will be at `address`.
  Carver(std::span<std::byte> image, std::byte* address) : memory_(image), address_(address) {}

  /// `count` zero-initialised Ts in zeroed memory; null while measuring.
  template <typename T>
  T* take(std::size_t count) {
    static_assert(std::is_trivially_copyable_v<T> && alignof(T) <= kAlignment);
    const auto bytes = base::checked_multiply(count, sizeof(T));
    VYRE_CHECK(bytes.has_value());
    const auto end = base::checked_add(used_, base::align_up(*bytes, kAlignment));
    VYRE_CHECK(end.has_value());
    const std::size_t at = used_;
    used_ = *end;
    if (memory_.empty()) return nullptr;
    VYRE_CHECK(used_ <= memory_.size());
    return reinterpret_cast<T*>(memory_.data() + at);
  }
  /// Where workers see what take() gave.
  template <typename T>
  [[nodiscard]] T* address(T* taken) const {
    if (taken == nullptr) return nullptr;
    return reinterpret_cast<T*>(address_ + (reinterpret_cast<std::byte*>(taken) - memory_.data()));
  }
  [[nodiscard]] std::size_t used() const noexcept { return used_; }

 private:
  std::span<std::byte> memory_;
  std::byte* address_ = nullptr;
  std::size_t used_ = 0;
};

}  // namespace vyre::backend
