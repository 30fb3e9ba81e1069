#pragma once

#include <memory>
#include <optional>
#include <span>

#include "backend/cpu/interleaved_walk.hpp"
#include "backend/cpu/start_filter.hpp"

namespace vyre::backend {

/// How this processor runs one automaton table: skipping by a filter where the automaton rests in
/// its start state, else an interleaved walk. The records are kernel::reference_scan's, bit for
/// bit. Immutable after construction, so any number of workers may use it.
class AutomatonPlan {
 public:
  /// `table` is verified, 4-byte aligned and outlives the plan.
  explicit AutomatonPlan(std::span<const std::byte> table);

  /// Reports the tile's own bytes.
  void scan(const kernel::TileView& tile, kernel::RecordSink& sink, WalkScratch& scratch) const;

  [[nodiscard]] bool has_filter() const noexcept { return filter_.has_value(); }

 private:
  kernel::AutomatonView automaton_;
  std::optional<StartFilter> filter_;
  InterleavedWalk walk_;
};

}  // namespace vyre::backend
