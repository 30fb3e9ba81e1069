#pragma once

#include <random>
#include <string>
#include <vector>

#include "tests/support/automaton_builder.hpp"

namespace vyre::testing {

/// What random factors are like.
struct FactorStyle {
  u32 count;
  u32 shortest;
  u32 longest;
  /// Bytes are drawn from the first `alphabet` letters from 'a' on.
  u32 alphabet;
  /// One byte in `class_every` is a set of several; 0: none.
  u32 class_every;
  /// One factor in `follow_every` has a check; 0: none.
  u32 follow_every;
};

inline u32 below(std::mt19937& random, u32 limit) { return static_cast<u32>(random()) % limit; }

inline ByteString random_bytes(std::mt19937& random, const FactorStyle& style) {
  ByteString bytes;
  const u32 length = style.shortest + below(random, style.longest - style.shortest + 1);
  for (u32 i = 0; i < length; ++i) {
    ByteSet set;
    set.set('a' + below(random, style.alphabet));
    const bool wide = style.class_every != 0 && below(random, style.class_every) == 0;
    for (u32 extra = wide ? 1 + below(random, 4) : 0; extra > 0; --extra) {
      set.set('a' + below(random, style.alphabet));
    }
    bytes.push_back(set);
  }
  return bytes;
}

inline std::vector<Factor> random_factors(std::mt19937& random, const FactorStyle& style) {
  std::vector<Factor> factors;
  for (u32 i = 0; i < style.count; ++i) {
    Factor factor{random_bytes(random, style), i, {}};
    if (style.follow_every != 0 && below(random, style.follow_every) == 0) {
      FactorStyle follow = style;
      follow.shortest = 1;
      follow.longest = 3;
      follow.class_every = 1;
      factor.follow = Follow{random_bytes(random, follow), 1 + below(random, 4)};
    }
    factors.push_back(std::move(factor));
  }
  return factors;
}

/// `size` random letters with `planted` of the factors' own strings copied in.
inline std::string random_text(std::mt19937& random, const std::vector<Factor>& factors,
                               std::size_t size, u32 alphabet, u32 planted) {
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>('a' + below(random, alphabet));
  for (u32 i = 0; i < planted && !factors.empty(); ++i) {
    const ByteString& bytes = factors[below(random, static_cast<u32>(factors.size()))].bytes;
    if (bytes.size() > size) continue;
    const std::size_t at = below(random, static_cast<u32>(size - bytes.size() + 1));
    for (std::size_t k = 0; k < bytes.size(); ++k) {
      text[at + k] = static_cast<char>(bytes[k]._Find_first());
    }
  }
  return text;
}

}  // namespace vyre::testing
