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
  std::size_t i = 0;
  for (; i + 1 < words.size(); i += 2) hash = mix_hash(hash, u64{words[i]} << 32 | words[i + 1]);
  return i < words.size() ? mix_hash(hash, words[i]) : hash;
}

}  // namespace vyre::scan
