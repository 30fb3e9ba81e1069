#pragma once

#include <memory>
#include <vector>

#include "scan/automata/tail.hpp"

namespace vyre::scan {

/// What a tail can go on with: one byte of a set and the tail after it. Looks are ignored, which
/// only makes more possible.
struct NextBytes {
  struct Edge {
    SetId set;
    TailId next;
  };
  std::vector<Edge> edges;
  /// The pattern may be over here.
  bool can_end = false;
  /// There are more edges than the limit; the list is cut.
  bool too_many = false;
};

/// Computes NextBytes once per tail.
class NextByteCache {
 public:
  NextByteCache(TailPool& tails, std::size_t max_edges) : tails_(tails), max_edges_(max_edges) {}

  const NextBytes& of(TailId tail);

 private:
  void collect(TailId tail, NextBytes& out);

  TailPool& tails_;
  std::size_t max_edges_;
  std::vector<std::unique_ptr<NextBytes>> cache_;
  std::vector<u32> visited_;
  u32 stamp_ = 0;
};

}  // namespace vyre::scan
