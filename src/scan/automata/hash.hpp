#pragma once

#include <span>

#include "wire/platform.hpp"

namespace vyre::scan {

/// Folds `value` into `hash`: a multiplicative hash with the golden ratio's odd multiplier.
constexpr u64 mix_hash(u64 hash, u64 value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15;
  return hash ^ hash >> 29;
}

constexpr u64 hash_words(std::span<const u32> words) {
  u64 hash = words.size();
  for (const u32 word : words) hash = mix_hash(hash, word);
  return hash;
}

}  // namespace vyre::scan
