#pragma once

#include "backend/backend.hpp"

// Single values in workers' memory, through a backend.
namespace vyre::backend {

template <typename T>
Status write_value(Backend& backend, T* target, const T& value) {
  return backend.write(reinterpret_cast<std::byte*>(target), std::as_bytes(std::span(&value, 1)));
}

template <typename T>
Result<T> read_value(const Backend& backend, const T* source) {
  T value{};
  const Status status = backend.read(reinterpret_cast<const std::byte*>(source),
                                     std::as_writable_bytes(std::span(&value, 1)));
  if (!status) return tl::unexpected(status.error());
  return value;
}

}  // namespace vyre::backend
