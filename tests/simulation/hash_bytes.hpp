#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

#include "wire/platform.hpp"

namespace vyre::simulation {

/// To find out whether bytes have changed.
inline u64 hash_bytes(const void* bytes, std::size_t count, u64 seed = 0) {
  u64 hash = seed ^ 0x9E3779B97F4A7C15;
  const auto* const from = static_cast<const std::byte*>(bytes);
  for (std::size_t at = 0; at < count; at += sizeof(u64)) {
    u64 word = 0;
    std::memcpy(&word, from + at, std::min(sizeof word, count - at));
    hash = (hash ^ word) * 0xD6E8FEB86659FD93;
    hash ^= hash >> 32;
  }
  return hash;
}

}  // namespace vyre::simulation
