#pragma once

#include <array>
#include <vector>

#include "backend/cpu/nibble_set.hpp"
#include "kernel/automaton.hpp"

namespace vyre::backend {

/// The byte strings b1 b2 b3 with b1 in sets[0], b2 in sets[1], b3 in sets[2].
struct TripleBucket {
  std::array<NibbleSet, 3> sets;
};

inline constexpr std::size_t kTripleBuckets = 8;

/// Where an automaton must not be skipped over.
struct StartTriples {
  /// At most kTripleBuckets; together a superset of the triples that matter.
  std::vector<TripleBucket> buckets;
  /// Estimated share of positions in text that one of the buckets passes; 0..1.
  double pass_rate;
};

/// The triples that matter when the automaton stands in its start state. In state 0 before byte p,
/// going on at p + 1 in state 0 is lossless if, for the bytes b1 b2 b3 at p, the run b1 b2 b3 ends
/// in the same state as the run b2 b3, and both report the same on the way: b1 ends in a state that
/// does not accept, and after b2 the two runs are in the same state or neither accepts. All other
/// triples matter. Cost: up to one step per triple of classes, and a few milliseconds to merge.
StartTriples find_start_triples(const kernel::AutomatonView& automaton);

}  // namespace vyre::backend
