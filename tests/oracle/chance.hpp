#pragma once

#include <initializer_list>
#include <random>
#include <vector>

#include "wire/platform.hpp"

namespace vyre::oracle {

/// Draws that are the same on every machine for the same seed.
class Chance {
 public:
  explicit Chance(u64 seed) : engine_(seed) {}

  u64 bits() { return engine_(); }
  /// 0..limit - 1; limit at least 1.
  u32 below(u32 limit) { return static_cast<u32>(engine_() % limit); }
  /// least..most.
  u32 between(u32 least, u32 most) { return least + below(most - least + 1); }
  bool percent(u32 share) { return below(100) < share; }
  template <typename T>
  T one_of(std::initializer_list<T> values) {
    return values.begin()[below(static_cast<u32>(values.size()))];
  }
  template <typename T>
  const T& one_of(const std::vector<T>& values) {
    return values[below(static_cast<u32>(values.size()))];
  }
  /// Where numbers go wrong: near powers of two and near 0, else small, else anything.
  u32 edge_number() {
    switch (below(5)) {
      case 0:
        return below(5);
      case 1:
        return (u32{1} << below(32)) + below(3) - 1;
      case 2:
        return 0 - below(5);
      case 3:
        return below(1000);
      default:
        return static_cast<u32>(bits());
    }
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace vyre::oracle
